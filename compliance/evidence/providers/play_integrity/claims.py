"""What the content of a token says, by the paths that the catalogue of findings uses."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.play_integrity.content import Content
from compliance.evidence.providers.play_integrity.expected import Expected, digest_of, url_safe
from compliance.evidence.providers.play_integrity.names import (
    CERTIFICATES,
    LABELS,
    NONCE,
    PACKAGE,
    RECALL,
    REQUEST_HASH,
    REQUEST_PACKAGE,
    REQUEST_TIME,
    SDK_VERSION,
    TESTING,
    TIMESTAMP,
    VERDICTS,
)
from compliance.evidence.providers.play_integrity.settings import Settings
from policies.model.facts import FUTURE_TOLERANCE_S


class Claim(NamedTuple):
    """The values that one path has, and whether they are the whole answer.

    `decided` is false where Google did not evaluate, where the field is missing though it was asked
    for, and where a value is new to us. Comparisons have True or False as their value.
    """

    values: frozenset[Any]
    decided: bool


_SHARED: Final = frozenset({"deviceIntegrity", "accountDetails", "environmentDetails"})
"""Objects that hold several verdicts, so that they are there without any one of them."""

NO_ANSWER: Final = Claim(frozenset(), decided=False)
FITS: Final = Claim(frozenset({True}), decided=True)
DIFFERS: Final = Claim(frozenset({False}), decided=True)

Claims = Mapping[str, Claim]
"""Claims by path; a path that is missing was not asked for."""


class Read(NamedTuple):
    """The claims, and what they leave to be told: values that are new, verdicts without an answer."""

    claims: Claims
    unknown_values: int
    unanswered: int


def claims_of(content: Content, expected: Expected, settings: Settings, at: datetime) -> Read:
    """Return the claims of a token's content; `at` is the time of the decision."""
    fields, on = content.fields, settings.switched_on
    claims: dict[str, Claim] = {}
    unknown_values = 0
    for verdict in VERDICTS:
        given = fields.get(verdict.path)
        if given is None:
            if not verdict.switch or verdict.switch in on or _is_there(verdict.path, content):
                claims[verdict.path] = NO_ANSWER
            continue
        told = frozenset(given if isinstance(given, tuple) else (given,))
        new = told - verdict.values - verdict.open
        unknown_values += len(new)
        # An empty list is an answer of the labels alone: the device meets none of them.
        whole = told <= verdict.values and (bool(told) or verdict.path == LABELS)
        claims[verdict.path] = Claim(told - new, whole)
    _add_recall(claims, content, on)
    _add_sdk_version(claims, content, on)
    _add_testing(claims, content, settings)
    unanswered = sum(not claim.decided for claim in claims.values())
    _add_binding(claims, fields, expected, settings)
    claims[TIMESTAMP] = _freshness(age_ms_of(fields, at), settings)
    return Read(claims, unknown_values, unanswered)


def _is_there(path: str, content: Content) -> bool:
    """Return whether the object that a verdict has for itself is there: then it was asked for."""
    parent = path.rpartition(".")[0]
    return parent in content.objects and parent not in _SHARED


def _add_recall(claims: dict[str, Claim], content: Content, on: frozenset[str]) -> None:
    """Add the three bits that the PSP wrote for this device, where any of it is there."""
    given = [content.fields.get(path) for path in RECALL]
    if "device_recall" not in on and "deviceIntegrity.deviceRecall" not in content.objects:
        return
    for path, bit in zip(RECALL, given, strict=True):
        claims[path] = NO_ANSWER if bit is None else Claim(frozenset({bit}), decided=True)


def _add_sdk_version(claims: dict[str, Claim], content: Content, on: frozenset[str]) -> None:
    """Add the version of Android, which is not set for a device below Google's minimum."""
    version = content.fields.get(SDK_VERSION)
    if version is not None:
        claims[SDK_VERSION] = Claim(frozenset({version}), decided=True)
    elif "device_attributes" in on or _is_there(SDK_VERSION, content):
        claims[SDK_VERSION] = NO_ANSWER


def _add_testing(claims: dict[str, Claim], content: Content, settings: Settings) -> None:
    """Add whether a tester made the answer up; a whole answer without it is real."""
    is_test = content.fields.get(TESTING)
    if is_test is None:
        is_whole = "requestDetails" in content.objects and "testingDetails" not in content.objects
        claims[TESTING] = DIFFERS if is_whole else NO_ANSWER
    else:
        claims[TESTING] = FITS if is_test and not settings.testing_responses else DIFFERS


def _add_binding(
    claims: dict[str, Claim], fields: Mapping[str, Any], expected: Expected, settings: Settings
) -> None:
    """Add whether the token belongs to this request and to the PSP's app, where that can be asked.

    A token without the nonce or hash that is asked for is bound to nothing, so it differs.
    """
    if expected.nonce is not None:
        given = fields.get(NONCE)
        fits = given is not None and url_safe(given) == url_safe(expected.nonce)
        claims[NONCE] = _compared(fits=fits)
    if expected.request_hash is not None:
        claims[REQUEST_HASH] = _compared(fits=fields.get(REQUEST_HASH) == expected.request_hash)
    for path in (REQUEST_PACKAGE, PACKAGE):
        if not settings.packages and expected.package is None:
            break
        name = fields.get(path)
        fits = (not settings.packages or name in settings.packages) and (
            expected.package is None or name == expected.package
        )
        claims[path] = NO_ANSWER if name is None else _compared(fits=fits)
    known = settings.certificate_digests
    wanted = expected.signature_digest
    if known or wanted is not None:
        digests = {digest_of(text) for text in fields.get(CERTIFICATES, ())}
        fits = (not known or not digests.isdisjoint(known)) and (
            wanted is None or wanted in digests
        )
        claims[CERTIFICATES] = _compared(fits=fits) if digests else NO_ANSWER


def _compared(*, fits: bool) -> Claim:
    return FITS if fits else DIFFERS


def age_ms_of(fields: Mapping[str, Any], at: datetime) -> int | None:
    """Return the age of the verdict in milliseconds at the time of the decision; None: unknown.

    PCs give a time, other devices milliseconds; of two, the older counts.
    """
    moments = [fields[TIMESTAMP]] if TIMESTAMP in fields else []
    if REQUEST_TIME in fields:
        moments.append(int(fields[REQUEST_TIME].timestamp() * 1000))
    return int(at.timestamp() * 1000) - min(moments) if moments else None


def _freshness(age_ms: int | None, settings: Settings) -> Claim:
    """Return whether a verdict is fresh; a time in the future says nothing."""
    if age_ms is None or age_ms < -FUTURE_TOLERANCE_S * 1000:
        return NO_ANSWER
    return _compared(fits=age_ms <= settings.max_age_s * 1000)
