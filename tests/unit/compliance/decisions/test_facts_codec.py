"""Facts survive being recorded, with the exact type of every value."""
# SPDX-License-Identifier: Apache-2.0

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.decisions.facts_codec import decode_facts, encode_facts
from policies.model import Facts
from tests.support import strategies as our


@given(our.facts)
def test_what_is_recorded_is_what_was_decided_on(facts: Facts) -> None:
    read = decode_facts(encode_facts(facts))

    assert read == facts
    kinds = {name: type(value) for name, value in facts.attributes.items()}
    assert {name: type(value) for name, value in read.attributes.items()} == kinds


@given(our.facts)
def test_the_same_facts_give_the_same_bytes(facts: Facts) -> None:
    turned = msgspec.structs.replace(
        facts, attributes=dict(reversed(list(facts.attributes.items())))
    )

    assert encode_facts(turned) == encode_facts(facts)


@given(st.binary(max_size=300))
def test_other_bytes_are_refused(recorded: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_facts(recorded)


@pytest.mark.parametrize(
    "attribute",
    [
        b"{}",
        b'{"decimal": "1", "set": []}',
        b'{"set": [1]}',
        b'{"timestamp": "2026-11-23T10:15:05"}',
        b'{"date": "2026-11-23"}',
        b"null",
    ],
)
def test_an_attribute_in_no_known_form_is_refused(attribute: bytes) -> None:
    recorded = encode_facts(Facts(decided_at=our.NOW, attributes={"a": 1}))

    with pytest.raises(msgspec.MsgspecError):
        decode_facts(recorded.replace(b'{"a":1}', b'{"a":' + attribute + b"}"))


def test_the_instance_of_the_environment_is_recorded_beside_the_facts() -> None:
    facts = Facts(decided_at=our.NOW)

    recorded = encode_facts(facts, environment_instance="see-7d1c")

    assert b"see-7d1c" in recorded
    assert decode_facts(recorded) == facts
