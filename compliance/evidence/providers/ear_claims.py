"""What an attestation result says: its names in three profiles, and AR4SI's tiers, by the catalogue."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.ear_device import (
    Device,
    device_details,
    device_states,
    read_device,
)
from compliance.evidence.providers.signed_tokens import TokenError, TokenFlaw
from compliance.evidence.providers.token_claims import shown
from compliance.evidence.providers.verdicts import (
    ABSENT,
    NOT_EVALUATED,
    PRESENT,
    UNEVALUATED,
    CodeLines,
    Details,
    Line,
    States,
    lines_of,
    yes_or_no,
)
from policies.vocabulary.findings import FindingState

DIMENSIONS: Final = (
    "instance-identity",
    "configuration",
    "executables",
    "file-system",
    "hardware",
    "runtime-opaque",
    "storage-opaque",
    "sourced-data",
)
"""The trustworthiness vector of AR4SI (draft-ietf-rats-ar4si, section 2.3.3)."""

NONCE_LENGTHS: Final = range(8, 89)
"""RFC 9711, section 4.1: a nonce in JSON has 8 to 88 characters."""

MAX_SUBMODULES: Final = 32
_MAX_NONCES: Final = 8
_SHOWN: Final = 128

NONE: Final = 0
AFFIRMING: Final = 2
WARNING: Final = 32
CONTRAINDICATED: Final = 96
_TIERS: Final = {
    "none": NONE,
    "affirming": AFFIRMING,
    "warning": WARNING,
    "contraindicated": CONTRAINDICATED,
}
_NO_CLAIM: Final = 0
_NOT_DONE: Final = frozenset({1, -1})
"""The verifier malfunctioned, or met what it did not expect."""
_CLAIMS: Final = range(-128, 128)
_STATUS: Final = "ear_status"
_ANY: Final = "*"


class Names(NamedTuple):
    """The names that a profile has for the same things."""

    status: str
    vector: str
    policies: str
    verifier: str


EARLY: Final = Names(
    "ear.status", "ear.trustworthiness-vector", "ear.appraisal-policy-id", "ear.verifier-id"
)
CURRENT: Final = Names(
    _STATUS, "ear_trustworthiness_vector", "ear_appraisal_policy_ids", "ear_verifier_id"
)
PROFILES: Final[Mapping[str, Names]] = {
    "tag:github.com,2023:veraison/ear": EARLY,
    "tag:github.com,2024:confidential-containers/Trustee": EARLY,
    "tag:ietf.org,2026:rats/ear#03": CURRENT,
}


class Result(NamedTuple):
    """What is kept of a result.

    `statuses` has the tier of each part, never better than its worst claim; `claims` what the parts
    say of each dimension; `device` what they, or the whole, say of the device in claims of EAT
    alone; `nonces` those that each part answers. `unknown` counts what has no known
    meaning: values, dimensions, a profile.
    """

    statuses: tuple[int, ...] = ()
    claims: Mapping[str, tuple[int, ...]] = {}
    nonces: tuple[tuple[str, ...], ...] = ()
    unknown: int = 0
    details: Mapping[str, str | int | bool] = {}
    device: Device = Device()


class _Part(NamedTuple):
    """One submodule, or the whole, as it was read."""

    status: int
    claims: Mapping[str, int]
    unknown: int
    is_raised: bool


def _rules() -> tuple[CodeLines, ...]:
    """Return the catalogue's lines about claims and statuses; binding and times are not among them."""
    paths = {*DIMENSIONS, _STATUS, _ANY}
    return tuple(
        rule for rule in lines_of("ear_ar4si") if {line.path for line in rule.mappings} <= paths
    )


RULES: Final = _rules()
_ANYWHERE: Final = {
    rule.code: frozenset(
        value for line in rule.mappings if line.path == _ANY for value in line.values
    )
    for rule in RULES
}
_NAMED: Final = {
    path: frozenset(
        value
        for rule in RULES
        for line in (*rule.mappings, *rule.clears)
        if line.path in {path, _ANY}
        for value in line.values
    )
    for path in DIMENSIONS
}
"""The values of each dimension that the catalogue knows by name."""


def read_result(claims: Mapping[str, Any]) -> Result:
    """Return what verified claims say; a profile that nobody here knows says nothing.

    Raises:
        TokenError: if they have not the form of an attestation result.
    """
    profile = claims.get("eat_profile")
    if not isinstance(profile, str):
        raise TokenError(TokenFlaw.CLAIMS)
    details: Details = {"profile": shown(profile, at_most=_SHOWN)}
    names = PROFILES.get(profile)
    shared = _nonces(claims)
    if names is None:
        return Result(nonces=(shared,) if shared else (), unknown=1, details=details)
    submodules = claims.get("submods")
    if not isinstance(submodules, dict) or not 0 < len(submodules) <= MAX_SUBMODULES:
        raise TokenError(TokenFlaw.CLAIMS)
    parts = [_read_part(each, names) for each in submodules.values()]
    if names.status in claims:
        parts.append(_read_part({names.status: claims[names.status]}, names))
    details |= _details(claims, submodules, names)
    if any(part.is_raised for part in parts):
        details["status_better_than_claims"] = True
    device = read_device((claims, *submodules.values()))
    details |= device_details(device)
    unknown = sum(part.unknown for part in parts) + device.unknown
    if unknown:
        details["unknown_claims"] = unknown
    return Result(
        statuses=tuple(part.status for part in parts),
        claims={
            name: tuple(part.claims[name] for part in parts if name in part.claims)
            for name in DIMENSIONS
        },
        nonces=_parts_nonces(shared, [_nonces(each) for each in submodules.values()]),
        unknown=unknown,
        details=details,
        device=device,
    )


def _read_part(part: Any, names: Names) -> _Part:
    """Return one part; values that are none of AR4SI's are counted and say nothing."""
    if not isinstance(part, dict):
        raise TokenError(TokenFlaw.CLAIMS)
    said = part.get(names.vector, {})
    if not isinstance(said, dict) or names.status not in part:
        raise TokenError(TokenFlaw.CLAIMS)
    claims = {
        name: value
        for name, value in said.items()
        if name in DIMENSIONS and _is_whole(value) and value in _CLAIMS
    }
    status = _status(part[names.status])
    unknown = len(said) - len(claims) + (status is None)
    worst = max((_tier(value) for value in claims.values()), default=NONE)
    # The overall tier may never be better than the worst claim.
    is_raised = worst >= WARNING and worst > (status or NONE)
    return _Part(worst if is_raised else status or NONE, claims, unknown, is_raised)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _status(value: Any) -> int | None:
    """Return the tier that a status names, by word or number; None if it names none."""
    if isinstance(value, str):
        return _TIERS.get(value)
    return value if _is_whole(value) and value in _TIERS.values() else None


def _tier(claim: int) -> int:
    """Return the tier of a claim; negative ones are a verifier's own words for the same tiers."""
    size = claim if claim >= 0 else -claim - 1
    if size >= CONTRAINDICATED:
        return CONTRAINDICATED
    if size >= WARNING:
        return WARNING
    return AFFIRMING if claim not in _NOT_DONE and claim != _NO_CLAIM else NONE


def _nonces(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the nonces of a part: one, a list, or none."""
    said = claims.get("eat_nonce", [])
    nonces = [said] if isinstance(said, str) else said
    if not isinstance(nonces, list) or len(nonces) > _MAX_NONCES:
        raise TokenError(TokenFlaw.CLAIMS)
    if not all(isinstance(each, str) and len(each) in NONCE_LENGTHS for each in nonces):
        raise TokenError(TokenFlaw.CLAIMS)
    return tuple(nonces)


def _parts_nonces(
    shared: tuple[str, ...], own: list[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """Return the nonces that each part answers; nothing if none answers any."""
    parts = [each or shared for each in own]
    return tuple(parts) if any(parts) else ()


def _details(
    claims: Mapping[str, Any], submodules: Mapping[str, Mapping[str, Any]], names: Names
) -> Details:
    """Return who verified by which policies; names of submodules may name a device, so they are counted."""
    details: Details = {"submodules": len(submodules)}
    verifier = claims.get(names.verifier)
    if isinstance(verifier, dict):
        for name in ("developer", "build"):
            if isinstance(verifier.get(name), str):
                details[name] = shown(verifier[name], at_most=_SHOWN)
    policies: set[str] = set()
    for part in submodules.values():
        said = part.get(names.policies)
        listed = said if isinstance(said, list) else [said]
        policies |= {each for each in listed if isinstance(each, str)}
    if policies:
        details["policies"] = shown(", ".join(sorted(policies)), at_most=4 * _SHOWN)
    return details


def states_of(result: Result, dimensions: Collection[str]) -> States:
    """Return the state of each code that the catalogue connects with AR4SI.

    `dimensions` are those that the verifier is to look at: nothing said of one of them is an open
    question (`attestation.unevaluated`), of others it is only not known.
    """
    states = {rule.code: _state(rule, result) for rule in RULES} | device_states(result.device)
    open_ = (
        result.unknown > 0
        or states[UNEVALUATED] is PRESENT
        or any(not _spoken(result.claims.get(name, ())) for name in dimensions)
        or any(not _is_understood(result, name) for name in DIMENSIONS)
    )
    states[UNEVALUATED] = yes_or_no(present=open_)
    return states


def _is_understood(result: Result, name: str) -> bool:
    """Return whether each warning of a dimension means something to the catalogue."""
    return all(
        value in _NAMED[name] or _tier(value) != WARNING for value in result.claims.get(name, ())
    )


def _spoken(values: Iterable[int]) -> list[int]:
    """Return the claims of a dimension without those that are none."""
    return [value for value in values if value != _NO_CLAIM]


def _state(rule: CodeLines, result: Result) -> FindingState:
    """Return the state of one code: the worst that any part says.

    Where the catalogue names no clearing value, a code is absent if every dimension that could have
    told of it says the plain `affirming` (2).
    """
    if any(_holds(line, result, rule.code) for line in rule.mappings):
        return PRESENT
    paths = {line.path for line in rule.mappings if line.path != _ANY}
    if rule.code == UNEVALUATED or not paths:
        return NOT_EVALUATED
    values = {path: _values(path, result) for path in paths}
    if rule.clears:
        clear = any(_clears(values.get(line.path, []), line.values) for line in rule.clears)
        doubtful = any(_tier(each) != AFFIRMING for said in values.values() for each in said)
        return ABSENT if clear and not doubtful else NOT_EVALUATED
    clear = all(_clears(said, (AFFIRMING,)) for said in values.values())
    return ABSENT if clear else NOT_EVALUATED


def _values(path: str, result: Result) -> list[int]:
    """Return what the parts say of a dimension, or as their status; a status of none counts."""
    if path == _STATUS:
        return list(result.statuses)
    return _spoken(result.claims.get(path, ()))


def _clears(said: list[int], clearing: tuple[Any, ...]) -> bool:
    """Return whether something is said, and everything said clears."""
    return bool(said) and all(value in clearing for value in said)


def _holds(line: Line, result: Result, code: str) -> bool:
    """Return whether a line of the catalogue holds of any part."""
    if line.path == _STATUS:
        return any(status in line.values for status in result.statuses)
    if line.path != _ANY:
        return any(value in line.values for value in result.claims.get(line.path, ()))
    wanted = _ANYWHERE[code] - {_NO_CLAIM}  # whether that is an open question the verifier decides
    return any(value in wanted for said in result.claims.values() for value in said)
