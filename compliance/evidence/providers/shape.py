"""The one shape of evidence and of its appraisal, whatever the provider."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
from cryptography import x509

from policies.documents import Problem
from policies.model.facts import FUTURE_TOLERANCE_S, Environment
from policies.vocabulary.findings import Finding

_NO_STATUSES: Final[Mapping[str, str]] = {}


class Mode(StrEnum):
    """In which form the back-end holds the evidence."""

    RAW = "raw"
    DECODED = "decoded"
    REPORTED = "reported"


class Evidence(msgspec.Struct, frozen=True):
    """One item of evidence, as a back-end sends it.

    `payload` has the provider's own form; `expected` holds what the evidence must be bound to
    (a challenge, a package); `observed_at` is the back-end's word on when it was taken (aware).
    """

    provider: str
    mode: Mode
    payload: Mapping[str, Any]
    expected: Mapping[str, str] = {}
    observed_at: datetime | None = None


class Once(NamedTuple):
    """Something that verified evidence may say only once: a nonce, a token's id, a whole assertion.

    `digest` is `sha256:<hex>` (see `once_digest`); a repeat is the finding `code`. Where `scope` is
    not empty (the digest of a transaction), repeats within the same scope are none: the first scope
    in which a digest was seen is the one that it belongs to.
    """

    digest: str
    code: str = "attestation.replayed"
    scope: str = ""


def once_digest(provider: str, kind: str, value: str | bytes) -> str:
    """Return the digest of a `value` of a `kind` (`nonce`, `token`), apart from any other's."""
    text = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    domain = f"{provider} {kind}\n".encode()
    return f"sha256:{hashlib.sha256(domain + text).hexdigest()}"


class StatedEnvironment(NamedTuple):
    """An execution environment as a verified statement describes it; what it does not say is unknown.

    `instance` is the name of this instance, empty where it has none: to compare, never to store.
    """

    fields: Environment
    instance: str = ""


class Appraisal(msgspec.Struct, frozen=True, kw_only=True):
    """What one item of evidence amounts to.

    `verified` says that cryptography held and no key was revoked; reports by client software are
    never verified. `digest` is the SHA-256 of the canonical payload (RFC 8785). `details` are facts
    fit to be stored and shown: no personal data, nothing that names a device.

    `once` is what verified evidence may say only once, each with what a repeat of it means.
    `counter` is the digest of a key and the value of its counter, which must rise. Whether they were
    seen before is not for a provider to know: it has no memory.

    `environment` is what a verified, fresh statement bound to this transaction says of the execution
    environment; it counts more than what the back-end claims. None: the evidence says nothing of it.
    """

    provider: str
    mode: Mode
    verified: bool
    findings: tuple[Finding, ...]
    digest: str
    observed_at: datetime | None
    details: Mapping[str, str | int | bool]
    once: tuple[Once, ...] = ()
    counter: tuple[str, int] | None = None
    environment: StatedEnvironment | None = None


class EvidenceShapeError(Exception):
    """The request is malformed: an item of evidence has not the form of its provider.

    Pointers of `problems` start at the item (`/payload/chain/3`), or at the request once
    `compliance.evidence.appraisal` has said which item it was.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems)
        )

    @classmethod
    def at(cls, pointer: str, detail: str) -> "EvidenceShapeError":
        """Return the error of one place."""
        return cls((Problem(pointer, detail),))


class SettingsError(Exception):
    """What a PSP sets up for a provider makes no sense; pointers of `problems` start at the document."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in self.problems)
        )


class Anchor(NamedTuple):
    """A root that a PSP trusts beside those that the product knows."""

    provider: str
    label: str
    certificate: x509.Certificate
    public_key_digest: str
    demonstration: bool


class Revocations(msgspec.Struct, frozen=True):
    """What is known of revoked keys.

    `statuses` maps serial numbers (lower-case hexadecimal or decimal, without leading zeros) to
    `REVOKED` or `SUSPENDED`; `loaded_at` is None where no list was ever loaded.
    """

    statuses: Mapping[str, str] = _NO_STATUSES
    digest: str = ""
    loaded_at: datetime | None = None


class TrustMaterial(msgspec.Struct, frozen=True):
    """What a PSP's evidence is verified against, beside what a provider's module knows itself.

    `settings` has for each provider that the PSP has set up what its `read_settings` made of the
    PSP's document: keys, lists of what is switched on, names of its own.
    """

    anchors: tuple[Anchor, ...] = ()
    revocations: Mapping[str, Revocations] = {}
    settings: Mapping[str, Any] = {}

    def anchors_for(self, provider: str) -> tuple[Anchor, ...]:
        """Return the PSP's own roots for one provider."""
        return tuple(anchor for anchor in self.anchors if anchor.provider == provider)


class Provider(NamedTuple):
    """One kind of evidence: its name, the modes that it comes in, and how it is appraised.

    `appraise(evidence, trust=…, at=…)` raises EvidenceShapeError for a malformed item, and nothing else.
    `read_settings(document)` returns what a PSP's document (JSON) sets up, ready for use, immutable;
    it raises SettingsError where the document makes no sense. None: there is nothing to set up.
    """

    name: str
    modes: frozenset[Mode]
    appraise: Callable[..., Appraisal]
    read_settings: Callable[[Mapping[str, Any]], Any] | None = None


def verification_time(observed_at: datetime | None, at: datetime) -> datetime:
    """Return the moment at which evidence is verified: when it was taken, as far as that is known.

    Evidence time and verification time differ: certificates may live for days only, and an audit
    verifies years later. Where the back-end gave no time, or one in the future, the time of the
    decision `at` counts.
    """
    if observed_at is None or observed_at > at + timedelta(seconds=FUTURE_TOLERANCE_S):
        return at
    return observed_at


def unknown_fields(pointer: str, given: Iterable[str], known: Collection[str]) -> list[Problem]:
    """Return a problem for each field of the object at `pointer` that nobody here knows."""
    expected = f"unknown field; expected {', '.join(sorted(known)) or 'none'}"
    return [
        Problem(f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", expected)
        for name in given
        if name not in known
    ]


def payload_text(
    evidence: Evidence,
    name: str,
    *,
    expected: Collection[str],
    at_most: int,
    form: str,
    least: int = 1,
) -> tuple[str, list[Problem]]:
    """Return the text that is the payload's only field, and what is wrong with the item so far.

    `expected` are the names that the item may be bound by, `form` what the text is, for people.
    """
    problems = unknown_fields("/payload", evidence.payload, (name,))
    problems += unknown_fields("/expected", evidence.expected, expected)
    text = evidence.payload.get(name)
    if not isinstance(text, str) or not least <= len(text) <= at_most:
        problems.append(
            Problem(f"/payload/{name}", f"expected a {form} of at most {at_most} characters")
        )
    return str(text), problems


def payload_digest(payload: Mapping[str, Any]) -> str:
    """Return `sha256:<hex>` of the canonical payload.

    The payload was validated before: ASCII keys, strings, whole numbers and booleans. For these
    msgspec's sorted form is RFC 8785's, at a tenth of the cost.

    Raises:
        EvidenceShapeError: if a string holds half a character (a lone surrogate).
    """
    try:
        canonical = msgspec.json.encode(payload, order="sorted")
    except UnicodeEncodeError as error:
        raise EvidenceShapeError.at("/payload", "expected text in Unicode") from error
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"
