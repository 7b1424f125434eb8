"""The request and the answer of `POST /v1/decisions`, and how a body is read: bounded, and exact about errors."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NoReturn

import msgspec
from msgspec import Meta

from compliance.core.problems import FieldProblem
from compliance.decisions.errors import RefusedRequestError
from compliance.evidence.providers.shape import Mode
from compliance.evidence.sealed_inputs import SEALED_LIMIT
from policies.vocabulary.elements import Element, ElementStatus

BODY_LIMIT: Final = 256 * 1024
"""Longest body of one request, in bytes."""

DEPTH_LIMIT: Final = 32
"""Deepest nesting of objects and arrays."""

_PRINTABLE: Final = r"^(?![\s\S]*[\u0000-\u001f\u007f])"
Text32 = Annotated[str, Meta(max_length=32, pattern=_PRINTABLE)]
Text64 = Annotated[str, Meta(max_length=64, pattern=_PRINTABLE)]
Text128 = Annotated[str, Meta(max_length=128, pattern=_PRINTABLE)]
Moment = Annotated[datetime, Meta(tz=True)]
Sealed = Annotated[str, Meta(max_length=SEALED_LIMIT)]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What back-ends send: unknown fields are refused, so that a misspelt one is never ignored."""


class Transaction(_Wire, frozen=True):
    """What the payer is about to authenticate; `ref` is the back-end's own name for it."""

    ref: Annotated[str, Meta(min_length=1, max_length=128, pattern=_PRINTABLE)]
    channel: Text64 = ""
    method: Text64 = ""


class Subject(_Wire, frozen=True):
    """Whose authentication it is. Stored as keyed hashes, never as such."""

    payer_ref: Text128 = ""
    device_ref: Text128 = ""


class Device(_Wire, frozen=True):
    """What the back-end knows of the device."""

    platform: Text32 = ""
    os_version: Text32 = ""
    model: Text64 = ""
    app_version: Text32 = ""


class EnvironmentClaim(_Wire, frozen=True):
    """The execution environment, RTS Article 9(3)(a); what is left out counts as unknown."""

    class_: Text32 = msgspec.field(default="unknown", name="class")
    delivery: Text32 = "unknown"
    packaging: Text32 = "unknown"
    uniqueness: Text32 = "unknown"
    instance: Text64 = ""


class EvidenceItem(_Wire, frozen=True):
    """One piece of evidence; `payload` has the provider's own form."""

    provider: Text64
    mode: Mode
    payload: dict[str, Any]
    expected: Annotated[
        dict[Text64, Annotated[str, Meta(max_length=4096, pattern=_PRINTABLE)]], Meta(max_length=8)
    ] = msgspec.field(default_factory=dict)
    observed_at: Moment | None = None


class DecisionRequest(_Wire, frozen=True):
    """The body of `POST /v1/decisions`.

    `sealed_input` is what the payer typed, sealed to a key that the PSP has registered: a JWE in
    compact form.
    """

    transaction: Transaction
    elements: Annotated[list[Element], Meta(min_length=1, max_length=3)]
    subject: Subject = Subject()
    device: Device = Device()
    environment: EnvironmentClaim = EnvironmentClaim()
    attributes: Annotated[dict[str, Any], Meta(max_length=64)] = msgspec.field(default_factory=dict)
    evidence: Annotated[list[EvidenceItem], Meta(max_length=16)] = msgspec.field(
        default_factory=list
    )
    sealed_input: Sealed | None = None


class ForDevice(msgspec.Struct, frozen=True, kw_only=True):
    """The only part that is meant for the app; see `compliance.decisions.neutral`."""

    answer: str
    support_ref: str


class AnsweredFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that is present or was not evaluated."""

    code: str
    state: str
    assurance: str
    provider: str


class AnsweredPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the policy set that decided."""

    version: int
    digest: str


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `POST /v1/decisions`; each obligation has its parameters beside its action."""

    ref: str
    effect: str
    disposition: str
    for_device: ForDevice
    obligations: list[dict[str, str | int | bool | None]]
    elements: Mapping[Element, ElementStatus]
    reliable_elements: int
    determining_rules: tuple[str, ...]
    waivers: tuple[str, ...]
    findings: list[AnsweredFinding]
    policy: AnsweredPolicy
    decided_at: str
    leaf_hash: str


_DECODER: Final = msgspec.json.Decoder(DecisionRequest)
_STRING_OR_BRACKET: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_OPENING: Final = frozenset((b"{", b"["))
_CLOSING: Final = frozenset((b"}", b"]"))
_AT: Final = re.compile(r"(.*) - at `\$((?:\.[a-z_]+|\[\d+\]|\[\.\.\.\])*)`", re.DOTALL)
_NAMED: Final = re.compile(r"Object (?:contains unknown|missing required) field `(.*?)`", re.DOTALL)
_STEP: Final = re.compile(r"\.([a-z_]+)|\[(\d+)\]|\[\.\.\.\]")
_LONE_SURROGATE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def read_request(body: bytes) -> DecisionRequest:
    """Return the request that `body` holds (at most `BODY_LIMIT` bytes, the caller sees to it).

    Raises:
        RefusedRequestError: if it is not JSON, too deep, of another shape, or says something twice.
    """
    _require_shallow(body)
    try:
        request = _DECODER.decode(body)
    except msgspec.ValidationError as error:
        _refuse_shape(str(error))
    except msgspec.DecodeError as error:
        _refuse_syntax(body, str(error))
    except UnicodeDecodeError as error:
        _refuse_syntax(body, f"invalid UTF-8 (byte {error.start})")
    _require_no_duplicates(body)
    return request


def pointer_to(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a place; long names are cut."""
    return "".join(f"/{str(step)[:64].replace('~', '~0').replace('/', '~1')}" for step in steps)


def _require_shallow(body: bytes) -> None:
    """Do nothing if the nesting is bounded: linear in the body's length, and without recursion."""
    if body.count(b"[") + body.count(b"{") <= DEPTH_LIMIT:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(body):
        token = match[0]
        if token in _OPENING:
            depth += 1
            if depth > DEPTH_LIMIT:
                detail = f"nested deeper than {DEPTH_LIMIT} levels (byte {match.start()})"
                raise RefusedRequestError(f"the body is {detail}", [FieldProblem("", detail)])
        elif token in _CLOSING:
            depth -= 1


def _refuse_shape(message: str) -> NoReturn:
    """Raise the error of a body that is JSON of another shape, with its place as a pointer."""
    match = _AT.fullmatch(message)
    detail, path = (match[1], match[2]) if match else (message, "")
    steps: list[str | int] = [
        step[1] if step[2] is None else int(step[2])
        for step in _STEP.finditer(path)
        if step[1] is not None or step[2] is not None
    ]
    named = _NAMED.fullmatch(detail)
    if named:
        steps.append(named[1])
        is_unknown = detail.startswith("Object contains")
        detail = "unknown field" if is_unknown else "required field is missing"
    elif "matching regex" in detail:
        detail = "expected text without control characters"
    code = "limit-exceeded" if "of length <=" in detail else "invalid-request"
    problem = FieldProblem(pointer_to(*steps), detail[:300])
    raise RefusedRequestError("the body is not a decision request", [problem], code=code)


def _refuse_syntax(body: bytes, message: str) -> NoReturn:
    """Raise the error of a body that is no JSON, with the byte where that shows."""
    surrogate = _LONE_SURROGATE.search(body)
    if "truncated" in message and surrogate:
        message = f"half of a surrogate pair (byte {surrogate.start()})"
    elif "truncated" in message:
        message = f"the text ends too early (byte {len(body)})"
    raise RefusedRequestError(
        f"the body is not JSON: {message}", [FieldProblem("", message)], code="malformed-json"
    )


class _DuplicateError(Exception):
    """An object says something twice."""


def _require_no_duplicates(body: bytes) -> None:
    """Do nothing if no object has a name twice: which value counts would be anyone's guess."""
    try:
        _COUNTER.decode(body.decode())
    except _DuplicateError:
        pointer = _duplicate(json.loads(body, object_pairs_hook=list), ())
        problem = FieldProblem(pointer, "given twice")
        raise RefusedRequestError("the body says something twice", [problem]) from None


def _count_names(pairs: list[tuple[str, Any]]) -> None:
    """Forget an object whose names all differ."""
    if len(dict(pairs)) != len(pairs):
        raise _DuplicateError


_COUNTER: Final = json.JSONDecoder(object_pairs_hook=_count_names)


def _duplicate(value: Any, path: tuple[str | int, ...]) -> str:
    """Return the pointer of the first name that is given twice; objects are lists of pairs here.

    The nesting was bounded before, so this recursion is.
    """
    if not isinstance(value, list):
        return ""
    seen = set()
    for index, item in enumerate(value):
        is_pair = isinstance(item, tuple)
        step = item[0] if is_pair else index
        if is_pair and step in seen:
            return pointer_to(*path, step)
        seen.add(step)
        found = _duplicate(item[1] if is_pair else item, (*path, step))
        if found:
            return found
    return ""


def utc(moment: datetime) -> datetime:
    """Return a moment in UTC.

    Raises:
        OverflowError: if UTC's calendar does not reach that far.
    """
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
