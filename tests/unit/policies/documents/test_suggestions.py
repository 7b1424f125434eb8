"""Where a name is nearly a known one, the problem carries the known one by itself."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from policies.documents import PolicyDocumentError, read_policy_set
from tests.support.documents import policy, rule

AGE = {"age_days": {"type": "integer"}}


def case(**given: Any) -> dict[str, Any]:
    return {"name": "A case", "given": given, "expect": {"effect": "permit"}}


@pytest.mark.parametrize(
    ("source", "pointer", "suggestion"),
    [
        (policy(rule(effect="denny")), "/rules/0/effect", "deny"),
        (policy(rule(titel="x")), "/rules/0/titel", "title"),
        (policy(rule(when={"findng": "app.cloned"})), "/rules/0/when", "finding"),
        (policy(rule(when={"finding": "app.clone"})), "/rules/0/when/finding", "app.cloned"),
        (
            policy(rule(when={"attribute": "age_day", "above": 1}), attributes=AGE),
            "/rules/0/when/attribute",
            "age_days",
        ),
        (
            policy(rule(), tests=[case(findings=[{"code": "app.clone"}])]),
            "/tests/0/given/findings/0/code",
            "app.cloned",
        ),
        (
            policy(rule(), attributes=AGE, tests=[case(attributes={"age_day": 1})]),
            "/tests/0/given/attributes/age_day",
            "age_days",
        ),
        (
            policy(
                rule(),
                tests=[case() | {"expect": {"effect": "deny", "determining_rules": ["a-rul"]}}],
            ),
            "/tests/0/expect/determining_rules/0",
            "a-rule",
        ),
        (policy(rule(effect="zebra")), "/rules/0/effect", None),
    ],
)
def test_the_nearest_known_word_is_suggested(
    source: bytes, pointer: str, suggestion: str | None
) -> None:
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(source)

    (problem,) = caught.value.problems
    assert (problem.pointer, problem.suggestion) == (pointer, suggestion)
    assert (f"(did you mean `{suggestion}`?)" in problem.detail) is (suggestion is not None)
