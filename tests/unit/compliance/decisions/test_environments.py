"""Which execution environment a decision is made on."""
# SPDX-License-Identifier: Apache-2.0

import msgspec

from compliance.decisions.environments import environment_of
from compliance.evidence.providers.shape import Appraisal, Mode, StatedEnvironment
from policies.model import Environment


def stating(instance: str = "", **fields: str) -> Appraisal:
    return Appraisal(
        provider="execution_environment",
        mode=Mode.RAW,
        verified=True,
        findings=(),
        digest="",
        observed_at=None,
        details={},
        environment=StatedEnvironment(Environment(**fields), instance),
    )


def claiming(instance: str = "", **fields: str) -> StatedEnvironment:
    return StatedEnvironment(Environment(**fields), instance)


def test_without_a_statement_the_claim_counts() -> None:
    silent = msgspec.structs.replace(stating(), environment=None)

    assert environment_of(claiming("a", class_="tee"), [silent]) == (Environment(class_="tee"), ())


def test_a_statement_counts_more_than_a_claim_and_a_contradiction_is_found() -> None:
    environment, found = environment_of(claiming(class_="tee"), [stating(class_="none")])

    assert environment == Environment(class_="none")
    assert [finding.code for finding in found] == ["attestation.conflicting"]


def test_a_claim_fills_in_what_a_statement_leaves_out() -> None:
    environment, found = environment_of(
        claiming("a", class_="tee", delivery="bundled"), [stating(class_="tee")]
    )

    assert environment == Environment(class_="tee", delivery="bundled")
    assert found == ()


def test_statements_that_contradict_each_other_leave_it_unknown() -> None:
    environment, found = environment_of(
        claiming(), [stating(class_="tee"), stating(class_="none", packaging="library")]
    )

    assert environment == Environment(packaging="library")
    assert len(found) == 1


def test_another_instance_is_a_contradiction_and_none_is_not() -> None:
    assert environment_of(claiming("a"), [stating("b")])[1]
    assert not environment_of(claiming("a"), [stating("a")])[1]
    assert not environment_of(claiming(), [stating("b")])[1]
