"""Facts as the bytes that are recorded, committed to, and decided on again; exact both ways."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final

import msgspec

from policies.model import Environment, Facts, Value
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import Finding


class _Exact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A decimal or timestamp, told apart from text, or a string set from a version: one of them."""

    decimal: Decimal | None = None
    set: tuple[str, ...] | None = None
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """`Facts` in JSON: a decimal is `{"decimal": "129.90"}`, a version is `[7, 3, 1]`.

    A string set is `{"set": ["a", "b"]}` in alphabetical order, a timestamp `{"timestamp": "…Z"}`.
    """

    decided_at: datetime
    findings: tuple[Finding, ...]
    attributes: dict[str, str | bool | int | tuple[int, ...] | _Exact]
    environment: Environment
    elements: tuple[Element, ...]
    environment_instance: str = ""


_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_DECODER: Final = msgspec.json.Decoder(_Recorded)


def encode_facts(facts: Facts, *, environment_instance: str = "") -> bytes:
    """Return the facts as JSON with sorted names: the same facts give the same bytes.

    `environment_instance` (which instance of the execution environment it was) is recorded beside
    them; no rule asks for it.
    """
    return _ENCODER.encode(
        _Recorded(
            decided_at=facts.decided_at,
            findings=facts.findings,
            attributes={name: _recorded(value) for name, value in facts.attributes.items()},
            environment=facts.environment,
            elements=facts.elements,
            environment_instance=environment_instance,
        )
    )


def decode_facts(recorded: bytes) -> Facts:
    """Return the facts that `encode_facts` wrote.

    Raises:
        msgspec.MsgspecError: if the bytes are something else.
    """
    try:
        raw = _DECODER.decode(recorded)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("recorded facts are not UTF-8") from error
    return Facts(
        decided_at=raw.decided_at,
        findings=raw.findings,
        attributes={
            name: _exact(value) if isinstance(value, _Exact) else value
            for name, value in raw.attributes.items()
        },
        environment=raw.environment,
        elements=raw.elements,
    )


def _recorded(value: Value) -> str | bool | int | tuple[int, ...] | _Exact:
    """Return a value in the form that keeps its type."""
    match value:
        case Decimal():
            return _Exact(decimal=value)
        case frozenset():
            return _Exact(set=tuple(sorted(value)))
        case datetime():
            return _Exact(timestamp=value)
        case _:
            return value


def _exact(recorded: _Exact) -> Value:
    """Return the one value that is recorded.

    Raises:
        msgspec.ValidationError: if it is none, or more than one.
    """
    members = None if recorded.set is None else frozenset(recorded.set)
    match [each for each in (recorded.decimal, members, recorded.timestamp) if each is not None]:
        case [value]:
            return value
        case _:
            raise msgspec.ValidationError("a recorded attribute has no known form")
