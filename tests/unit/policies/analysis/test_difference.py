"""Two versions side by side: equivalent, stricter, laxer or incomparable, with witnesses."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable

import pytest

from policies.analysis import Relation, compare
from policies.analysis.context import hits_for, is_request
from policies.analysis.outcome import is_weaker
from policies.engine import reference
from policies.model import PolicySet
from tests.support.analysing import DESIGNS, Document, changed, pack, read, rule_in, without_rule
from tests.support.deciding import policy_set
from tests.support.documents import rule


def edited(id_: str, **changes: object) -> Callable[[Document], object]:
    return lambda document: rule_in(document, id_).update(changes)


def both(document: Document) -> None:
    without_rule("worth-knowing")(document)
    edited("alternative-system", effect="deny", obligations=[])(document)


def test_a_version_is_equivalent_to_itself_in_another_order() -> None:
    old = read(pack())
    new = changed(lambda document: document["rules"].reverse())

    difference = compare(old, new, DESIGNS)

    assert difference.relation is Relation.EQUIVALENT
    assert difference.regions == ()
    assert difference.is_complete


@pytest.mark.parametrize(
    ("change", "relation", "rules"),
    [
        (without_rule("screen-not-the-users"), Relation.LAXER, {"screen-not-the-users"}),
        (edited("messages-read", effect="hold", obligations=[{"action": "review", "within": "1h"}]), Relation.INCOMPARABLE, {"messages-read"}),
        (both, Relation.INCOMPARABLE, {"worth-knowing", "alternative-system"}),
        (lambda document: document.update(otherwise="deny", rules=[]), Relation.STRICTER, {"otherwise"}),
    ],
)  # fmt: skip
def test_versions_compare_and_each_region_has_a_witness_that_the_engine_confirms(
    change: Callable[[Document], object], relation: Relation, rules: set[str]
) -> None:
    old, new = read(pack()), changed(change)
    if relation is Relation.STRICTER:
        old = PolicySet(
            name="", attributes=old.attributes, rules=(), otherwise=old.otherwise, metadata={}
        )

    difference = compare(old, new, DESIGNS)

    assert difference.relation is relation
    assert difference.is_complete
    assert {region.rule for region in difference.regions} == rules
    for region in difference.regions:
        (facts,) = region.witness
        hits = hits_for(DESIGNS, facts)
        before, after = (reference.decide(each, hits, facts) for each in (old, new))
        weaker = (after, before) if region.direction is Relation.LAXER else (before, after)
        assert is_weaker(*weaker, not_counted=frozenset())
        assert "the authentication was" in region.sentence
        assert region.request["findings"] or not facts.findings


def test_a_lower_threshold_is_stricter_just_between_the_two() -> None:
    def above(amount: int) -> PolicySet:
        return policy_set(rule(when={"attribute": "amount_eur", "above": amount}))

    difference = compare(above(50), above(30), None)

    assert difference.relation is Relation.STRICTER
    (region,) = difference.regions
    assert 30 < float(str(region.witness[0].attributes["amount_eur"])) <= 50
    assert region.condition == "amount eur is above 30"
    assert (
        "the authentication was permitted with no obligation and will be denied with no obligation"
        in region.sentence
    )


def test_a_longer_deadline_is_laxer() -> None:
    def within(text: str) -> PolicySet:
        return policy_set(rule(obligations=[{"action": "notify_fraud_desk", "within": text}]))

    difference = compare(within("5m"), within("1h"), None)

    assert difference.relation is Relation.LAXER
    assert (
        "within 5 min and will be denied with the obligation to notify the fraud desk within 1 hour"
        in difference.regions[0].sentence
    )


def test_attributes_of_both_versions_may_be_given() -> None:
    condition = {"attribute": "payee_known", "is": False}
    new = policy_set(rule(when=condition), attributes={"payee_known": {"type": "boolean"}})
    old = policy_set(attributes={})

    difference = compare(old, new, None)

    assert difference.relation is Relation.STRICTER
    assert difference.regions[0].condition == "payee known is false"
    assert difference.regions[0].witness[0].attributes.get("payee_known") is not True


def test_more_regions_than_asked_for_are_not_complete() -> None:
    new = policy_set(
        *(rule(id=f"r{n}", when={"attribute": "age_days", "equals": n}) for n in range(4))
    )

    difference = compare(policy_set(), new, None, max_regions=2)

    assert len(difference.regions) == 2
    assert not difference.is_complete


def test_without_time_the_relation_is_unknown() -> None:
    difference = compare(policy_set(rule()), policy_set(), None, time_limit_s=0)

    assert difference.relation is Relation.UNKNOWN
    assert not difference.is_complete


def test_an_attribute_of_another_type_makes_versions_incomparable_by_any_request() -> None:
    old = policy_set(attributes={"amount": {"type": "decimal"}})
    new = policy_set(attributes={"amount": {"type": "string"}})

    difference = compare(old, new, None)

    assert difference.relation is Relation.UNKNOWN
    assert difference.sentence.startswith("The type of `amount` changed")


def test_a_change_of_what_the_device_is_told_is_neither_but_is_said() -> None:
    telling = rule(disclosure={"level": "generic", "ground": "Asked for."})

    difference = compare(policy_set(rule()), policy_set(telling), None)

    assert difference.relation is Relation.EQUIVALENT
    assert difference.sentence.endswith("What the device is told changes by rule `a-rule`.")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"since": {"type": "timestamp", "required": True}},
            {"amount": {"type": "decimal", "required": True}},
        ),
        (
            {"amount": {"type": "decimal", "min": 0, "max": 10, "required": True}},
            {"amount": {"type": "decimal", "min": 100, "required": True}},
        ),
        (
            {"purpose": {"type": "enum", "values": ["a", "b"], "required": True}},
            {"purpose": {"type": "enum", "values": ["b", "c"], "required": True}},
        ),
        (
            {"flags": {"type": "string_set", "required": True}},
            {"known": {"type": "boolean", "required": True}},
        ),
    ],
)
def test_a_witness_is_a_request_that_one_of_the_versions_takes(
    before: Document, after: Document
) -> None:
    old = policy_set(attributes=before)
    new = policy_set(rule(when={"finding": "device.rooted"}), attributes=after)

    difference = compare(old, new, None)

    assert difference.relation is Relation.STRICTER
    assert difference.is_complete
    (region,) = difference.regions
    assert is_request(region.witness[0], None, [old, new])


def test_what_neither_version_takes_is_no_difference() -> None:
    # Between the two ranges the rule would count, but nobody can send such an amount.
    middle = {"all": [{"attribute": "amount", "above": 10}, {"attribute": "amount", "below": 100}]}
    low = {"amount": {"type": "decimal", "min": 0, "max": 10, "required": True}}
    high = {"amount": {"type": "decimal", "min": 100, "required": True}}

    old, new = policy_set(attributes=low), policy_set(rule(when=middle), attributes=high)

    assert compare(old, new, None).relation is Relation.EQUIVALENT
