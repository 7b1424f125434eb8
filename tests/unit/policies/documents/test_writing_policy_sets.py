"""A policy set has one canonical form, which its digest is taken of."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from typing import Any

import pytest

from policies.documents import digest_of, read_policy_set, write_policy_set
from policies.packs import load_pack
from tests.support.documents import ATTRIBUTES, policy, rule

FULL = rule(
    title="A title",
    answers=["9(2)"],
    when={
        "all": [
            {
                "finding": "device.*",
                "state": "absent",
                "assurance": "at_least B",
                "age": {"above": "90s"},
            },
            {"finding": "app.hooking", "state": "not_evaluated"},
            {"finding": "app.hooking", "assurance": "D"},
            {"element": "possession", "status": "at_least in_doubt"},
            {"element": "knowledge", "status": "reliable"},
            {"reliable_elements": {"at_most": 1}},
            {"environment": {"class": ["none", "unknown"]}},
            {
                "any": [
                    {"attribute": "amount_eur", "above": "50.5"},
                    {"attribute": "payee_known", "is": True},
                ]
            },
            {"not": {"attribute": "purpose", "in": ["access", "payment"]}},
            {"attribute": "app_version", "below": "7.3"},
            {"attribute": "age_days", "equals": "9007199254740993"},
            {"attribute": "age_days", "at_least": 3},
            {"attribute": "flags", "contains": "vpn"},
            {"attribute": "enrolled_at", "age": {"at_least": "90s"}},
        ]
    },
    obligations=[
        {"action": "limit", "amount_eur": "30", "within": "90s"},
        {"action": "record_only"},
    ],
    disclosure={"level": "generic", "ground": "Only the user can mend it."},
)


def test_what_was_written_reads_as_the_same() -> None:
    more = {
        "risk": {"type": "integer", "min": 0, "max": str(2**60), "required": True},
        "share": {"type": "decimal", "max": "0.50"},
    }
    document = policy(FULL, metadata={"from": "test"}, attributes=ATTRIBUTES | more)
    policy_set = read_policy_set(document)
    written = write_policy_set(policy_set)

    assert read_policy_set(written) == policy_set
    assert write_policy_set(read_policy_set(written)) == written


def test_the_canonical_form_is_sorted_and_leaves_out_what_was_not_said() -> None:
    written = write_policy_set(read_policy_set(policy(rule(), attributes={})))

    assert written == (
        b'{"attributes":{},"metadata":{},"name":"A policy set","otherwise":"permit",'
        b'"rules":[{"effect":"deny","id":"a-rule","when":{"finding":"device.rooted"}}],"schema":1}'
    )


def test_the_digest_is_the_sha256_of_the_canonical_form() -> None:
    policy_set = read_policy_set(load_pack("balanced"))

    assert digest_of(policy_set) == (
        f"sha256:{hashlib.sha256(write_policy_set(policy_set)).hexdigest()}"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"attribute": "amount_eur", "above": "50"}, {"attribute": "amount_eur", "above": "50.00"}),
        ({"attribute": "amount_eur", "above": 50}, {"attribute": "amount_eur", "above": "50"}),
        (
            {"attribute": "app_version", "below": "7.3"},
            {"attribute": "app_version", "below": "7.3.0"},
        ),
        ({"attribute": "payee_known", "is": True}, {"attribute": "payee_known", "equals": True}),
        (
            {"attribute": "purpose", "in": ["payment", "access"]},
            {"attribute": "purpose", "in": ["access", "payment"]},
        ),
        ({"environment": {"class": "tee"}}, {"environment": {"class": ["tee"]}}),
        (
            {"finding": "device.rooted", "age": {"above": "60s"}},
            {"finding": "device.rooted", "age": {"above": "1m"}},
        ),
    ],
)
def test_two_spellings_of_one_meaning_have_one_digest(one: Any, other: Any) -> None:
    digests = {digest_of(read_policy_set(policy(rule(when=when)))) for when in (one, other)}

    assert len(digests) == 1


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    body = json.loads(policy(FULL))
    turned = dict(reversed(body.items()))

    assert digest_of(read_policy_set(json.dumps(turned).encode())) == digest_of(
        read_policy_set(policy(FULL))
    )
