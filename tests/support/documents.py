"""Builds policy documents for tests: what the test is not about is filled in."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

ATTRIBUTES = {
    "amount_eur": {"type": "decimal", "min": 0},
    "payee_known": {"type": "boolean"},
    "purpose": {"type": "enum", "values": ["payment", "access"]},
    "age_days": {"type": "integer"},
    "segment": {"type": "string"},
    "wallet": {"type": "version"},
    "flags": {"type": "string_set"},
    "enrolled_at": {"type": "timestamp"},
}
ROOTED = {"finding": "device.rooted"}


def rule(**changes: Any) -> dict[str, Any]:
    return {"id": "a-rule", "when": ROOTED, "effect": "deny"} | changes


def policy(*rules: dict[str, Any], **changes: Any) -> bytes:
    body: dict[str, Any] = {
        "schema": 1,
        "name": "A policy set",
        "attributes": ATTRIBUTES,
        "rules": list(rules),
        "otherwise": "permit",
    }
    return json.dumps(body | changes).encode()


def with_condition(when: Any) -> bytes:
    return policy(rule(when=when))


COMPONENTS: list[dict[str, Any]] = [
    {"id": "phone-os", "class": "operating_system"},
    {"id": "app", "class": "app", "rests_on": ["phone-os"]},
    {"id": "key", "class": "key_store"},
    {"id": "server", "class": "server"},
]
METHOD: dict[str, Any] = {
    "method": "app-pin",
    "elements": {
        "knowledge": {"rests_on": ["app", "server"]},
        "possession": {"rests_on": ["key"]},
    },
}


def designs(**changes: Any) -> bytes:
    body: dict[str, Any] = {
        "schema": 1,
        "name": "A design",
        "components": COMPONENTS,
        "methods": [METHOD],
    }
    return json.dumps(body | changes).encode()
