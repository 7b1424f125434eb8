"""The published schemas fit what the readers accept, and refuse what they refuse by shape."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from policies.documents import (
    designs_schema,
    policy_set_schema,
    read_designs,
    read_policy_set,
    write_designs,
    write_policy_set,
)
from policies.model import PolicySet
from policies.packs import PACKS, load_pack
from tests.support import strategies as our
from tests.support.documents import METHOD, designs, policy, rule, with_condition

POLICIES = jsonschema_rs.Draft202012Validator(policy_set_schema())
CASE: dict[str, Any] = {"name": "A case", "given": {}, "expect": {"effect": "deny"}}
DESIGNS = jsonschema_rs.Draft202012Validator(designs_schema())


def fits(validator: jsonschema_rs.Draft202012Validator, document: bytes) -> bool:
    return validator.is_valid(json.loads(document))


def test_the_schemas_are_schemas() -> None:
    assert jsonschema_rs.meta.is_valid(policy_set_schema())
    assert jsonschema_rs.meta.is_valid(designs_schema())


@given(policy_set=our.policy_sets())
def test_every_policy_set_fits_the_schema(policy_set: PolicySet) -> None:
    assert fits(POLICIES, write_policy_set(policy_set))


@pytest.mark.parametrize("name", PACKS)
def test_every_pack_fits_its_schema(name: str) -> None:
    if name.startswith("design-"):
        assert fits(DESIGNS, write_designs(read_designs(load_pack(name))))
    else:
        assert fits(POLICIES, write_policy_set(read_policy_set(load_pack(name))))


@pytest.mark.parametrize(
    "document",
    [
        policy(schema=2),
        policy(name=""),
        policy(otherwise="hold"),
        policy(unknown=1),
        policy({"id": "r", "effect": "deny"}),
        policy(rule(effect="denny")),
        policy(rule(obligations=[{"action": "notify_fraud_desk"}])),
        policy(rule(obligations=[{"action": "limit", "within": "1m"}])),
        policy(rule(obligations=[{"action": "record_only", "within": "1m"}])),
        policy(rule(disclosure="full")),
        policy(attributes={"a/b": {"type": "string"}}),
        policy(tests={}),
        policy(tests=[{"name": "N", "given": {}}]),
        policy(tests=[CASE | {"given": {"unlisted": "present"}}]),
        policy(tests=[CASE | {"given": {"findings": [{"code": "device.*"}]}}]),
        policy(tests=[CASE | {"given": {"environment": {"class": "teee"}}}]),
        policy(tests=[CASE | {"expect": {"effect": "none"}}]),
        with_condition({}),
        with_condition({"finding": "device.roted"}),
        with_condition({"finding": "device.rooted", "assurance": "E"}),
        with_condition({"finding": "device.rooted", "age": {}}),
        with_condition({"element": "possession"}),
        with_condition({"environment": {}}),
        with_condition({"attribute": "amount_eur"}),
        with_condition({"attribute": "flags", "contains": ["vpn"]}),
        with_condition({"attribute": "enrolled_at", "age": "3d"}),
        with_condition({"all": []}),
        with_condition({"not": {"any": [{"finding": "device.rooted", "not": {}}]}}),
    ],
)
def test_what_is_refused_by_shape_does_not_fit(document: bytes) -> None:
    assert not fits(POLICIES, document)


@pytest.mark.parametrize(
    "changes",
    [
        {"methods": []},
        {"components": [{"id": "a"}]},
        {"components": [{"id": "a", "class": "apps"}]},
        {"methods": [METHOD | {"elements": {}}]},
        {"methods": [METHOD | {"elements": {"possession": {"rests_on": []}}}]},
        {"methods": [METHOD | {"app_versions": {"below": "x"}}]},
        {"unknown": 1},
    ],
)
def test_a_design_refused_by_shape_does_not_fit(changes: dict[str, Any]) -> None:
    assert fits(DESIGNS, designs())
    assert not fits(DESIGNS, designs(**changes))
