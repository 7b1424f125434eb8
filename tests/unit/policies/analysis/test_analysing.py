"""The analysis as a whole: what the packs promise, what it costs, and what it does not claim."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from policies.analysis import Status, analyse
from policies.packs import PACKS
from tests.support.analysing import DESIGNS, pack, read, result_of

POLICY_PACKS = [name for name in PACKS if not name.startswith("design-")]


@pytest.mark.parametrize("name", POLICY_PACKS)
def test_a_pack_has_every_property(name: str) -> None:
    report = analyse(read(pack(name)), DESIGNS)

    assert {
        result.id: result.sentence
        for result in report.results
        if result.status is not Status.PROVED
    } == {}
    assert not report.blocks_activation


def test_results_come_in_order_with_titles() -> None:
    report = analyse(read(pack()), DESIGNS)

    assert [result.id for result in report.results] == [f"P{number}" for number in range(1, 11)]
    assert report.result("P5").title == "Stripping evidence gains nothing"
    with pytest.raises(KeyError):
        report.result("P99")


def test_progress_is_told_from_the_first_step_to_the_last() -> None:
    told: list[tuple[int, int]] = []
    policy_set = read(pack())

    report = analyse(
        policy_set, DESIGNS, previous=policy_set, progress=lambda *step: told.append(step)
    )

    assert told == [(done, 11) for done in range(12)]
    assert report.difference is not None


def test_without_time_everything_is_unknown_and_blocks() -> None:
    report = analyse(read(pack()), DESIGNS, previous=read(pack()), time_limit_s=0)

    undecided = {result.id for result in report.results if result.status is Status.UNKNOWN}
    assert {"P1", "P2", "P3", "P5", "P8", "P10"} <= undecided
    assert report.blocks_activation
    assert not any(result.counterexample for result in report.results)


def test_without_designs_nobody_can_say_what_a_step_up_rests_on() -> None:
    result = result_of("P4", read(pack()), None)

    assert result.status is Status.UNKNOWN
    assert result.blocks_activation
    assert "No authentication design is registered" in result.sentence


def test_a_policy_set_without_rules_breaks_what_it_must() -> None:
    document = pack() | {"rules": []}

    broken = {
        each.id for each in analyse(read(document), DESIGNS).results if each.blocks_activation
    }

    assert broken == {"P1", "P2", "P3", "P8"}


def test_denying_everything_mitigates_everything() -> None:
    report = analyse(read(pack() | {"rules": [], "otherwise": "deny"}), DESIGNS)

    assert {each.id for each in report.results if each.blocks_activation} == {"P1", "P8"}
