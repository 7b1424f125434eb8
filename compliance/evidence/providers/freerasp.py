"""freeRASP (Talsec): what the app relays of its run-time protection; worth what client software is worth."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.freerasp_names import (
    ANDROID,
    BY_NAME,
    IOS,
    MALWARE_PERMISSION_REASONS,
    NOT_CHECKED_BY_EVERY_RELEASE,
    SILENT,
    SILENT_CODES,
    THREATS,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Provider,
    TrustMaterial,
    payload_digest,
    unknown_fields,
)
from policies.documents import Problem
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

NAME: Final = "freerasp"
MAX_THREATS: Final = 64
MAX_NAME_LENGTH: Final = 64
MAX_MALWARE: Final = 256
MAX_CODE: Final = 2**53 - 1
MAX_FIELDS: Final = 32
_MAX_DEPTH: Final = 4
_FIELDS: Final = frozenset({"threats", "all_checks_finished", "platform", "malware"})
_PLATFORMS: Final = (ANDROID, IOS)
_SILENT: Final = frozenset(name.lower() for name in SILENT)
_UNEVALUATED: Final = "attestation.unevaluated"


class Report(NamedTuple):
    """What is kept of a payload: unified names, and counts of what cannot be named."""

    threats: frozenset[str]
    unknown: int
    finished: bool
    platform: str
    scanned: bool
    suspicious_apps: int
    message_readers: int


def _codes_of_threats() -> dict[str, tuple[str, ...]]:
    """Return the finding codes of each unified name, as the catalogue maps them."""
    codes: dict[str, set[str]] = {threat.name: set() for threat in THREATS}
    for type_ in CATALOGUE.values():
        for mapping in type_.mappings.get(NAME, ()):
            if mapping["path"] in {"threat", "ios.SecurityThreat"}:
                for value in mapping["values"]:
                    codes[BY_NAME[value.lower()].name].add(type_.code)
    return {name: tuple(sorted(found)) for name, found in codes.items()}


CODES_OF: Final[Mapping[str, tuple[str, ...]]] = _codes_of_threats()


_ALIVE: Final = tuple(
    type_.code
    for type_ in CATALOGUE.values()
    for mapping in type_.mappings.get(NAME, ())
    if mapping["op"] == "absent_after_deadline"
)
"""Codes that mean "the protection was silenced": the report of a finished run is their opposite."""


def _checked_on(platforms: Iterable[str]) -> tuple[str, ...]:
    """Return the codes that a finished run has looked for on each of `platforms`."""
    wanted = set(platforms)
    checked = [
        threat.name
        for threat in THREATS
        if threat.platforms >= wanted and threat.name not in NOT_CHECKED_BY_EVERY_RELEASE
    ]
    return tuple(sorted({code for name in checked for code in CODES_OF[name]} | {*_ALIVE}))


CHECKED: Final[Mapping[str, tuple[str, ...]]] = {
    ANDROID: _checked_on([ANDROID]),
    IOS: _checked_on([IOS]),
    # A report that does not say where it comes from speaks for what both platforms check.
    "": _checked_on(_PLATFORMS),
}


def read_report(payload: Mapping[str, Any]) -> Report:
    """Return what a payload says.

    Raises:
        EvidenceShapeError: if it has not the form of a report; unknown names are no such problem.
    """
    problems = unknown_fields("/payload", payload, _FIELDS)
    threats = payload.get("threats")
    if not isinstance(threats, list):
        problems.append(Problem("/payload/threats", "expected a list of names or codes"))
        threats = []
    elif len(threats) > MAX_THREATS:
        problems.append(Problem("/payload/threats", f"expected at most {MAX_THREATS} threats"))
        threats = []
    problems += _threat_problems(threats)
    finished = payload.get("all_checks_finished")
    if not isinstance(finished, bool):
        problems.append(Problem("/payload/all_checks_finished", "expected true or false"))
    platform = payload.get("platform", "")
    if platform not in ("", *_PLATFORMS):
        problems.append(Problem("/payload/platform", "expected android or ios"))
    problems += _malware_problems(payload.get("malware", []))
    if problems:
        raise EvidenceShapeError(problems)
    return _report(payload, threats, finished=finished is True, platform=platform)


def _threat_problems(threats: list[Any]) -> list[Problem]:
    """Return what is wrong with single threats."""
    problems = []
    for index, threat in enumerate(threats):
        pointer = f"/payload/threats/{index}"
        if isinstance(threat, str):
            if not 0 < len(threat) <= MAX_NAME_LENGTH:
                problems.append(Problem(pointer, f"expected 1 to {MAX_NAME_LENGTH} characters"))
        elif isinstance(threat, bool) or not isinstance(threat, int):
            problems.append(Problem(pointer, "expected a name or a code"))
        elif abs(threat) > MAX_CODE:
            problems.append(Problem(pointer, f"expected a code of at most {MAX_CODE}"))
    return problems


def _malware_problems(malware: Any) -> list[Problem]:
    """Return what is wrong with the list of suspicious apps."""
    if not isinstance(malware, list):
        return [Problem("/payload/malware", "expected a list of suspicious apps")]
    if len(malware) > MAX_MALWARE:
        return [Problem("/payload/malware", f"expected at most {MAX_MALWARE} apps")]
    expected = f"expected an object of strings, whole numbers and booleans, {_MAX_DEPTH} deep"
    return [
        Problem(f"/payload/malware/{index}", expected)
        for index, app in enumerate(malware)
        if not (isinstance(app, dict) and _is_plain(app, _MAX_DEPTH))
    ]


def _is_plain(value: Any, depth: int) -> bool:
    """Return whether a value has one canonical form and is small; it is digested, never kept."""
    if isinstance(value, dict | list) and (depth == 0 or len(value) > MAX_FIELDS):
        return False
    if isinstance(value, dict):
        return all(
            isinstance(key, str) and key.isascii() and _is_plain(inner, depth - 1)
            for key, inner in value.items()
        )
    if isinstance(value, list):
        return all(_is_plain(one, depth - 1) for one in value)
    if isinstance(value, int):
        return abs(value) <= MAX_CODE
    return value is None or isinstance(value, str)


def _report(
    payload: Mapping[str, Any], threats: list[str | int], *, finished: bool, platform: str
) -> Report:
    """Return the report with unified names; names of apps are dropped here."""
    names: set[str] = set()
    unknown = 0
    for threat in threats:
        key = threat.lower() if isinstance(threat, str) else threat
        known = BY_NAME.get(key)
        if known is not None:
            names.add(known.name)
        elif key not in _SILENT and key not in SILENT_CODES:
            unknown += 1
    malware = payload.get("malware", [])
    reasons = [app.get("reason") for app in malware]
    readers = sum(isinstance(one, str) and one in MALWARE_PERMISSION_REASONS for one in reasons)
    return Report(
        threats=frozenset(names),
        unknown=unknown,
        finished=finished,
        platform=platform,
        scanned="malware" in payload,
        suspicious_apps=len(malware),
        message_readers=readers,
    )


@lru_cache(4096)
def _states(report: Report) -> tuple[tuple[str, FindingState], ...]:
    """Return the state of every code that the report speaks about, in alphabetical order."""
    silent = FindingState.ABSENT if report.finished else FindingState.NOT_EVALUATED
    states = dict.fromkeys(CHECKED[report.platform], silent)
    if report.scanned:
        states["device.malware_detected"] = silent
    present = {code for name in report.threats for code in CODES_OF[name]}
    if report.suspicious_apps or "malware" in report.threats:
        present.add("device.malware_detected")
    if report.message_readers:
        present.add("message.intercepted")
    if report.unknown or not report.finished:
        present.add(_UNEVALUATED)
    states.update(dict.fromkeys(present, FindingState.PRESENT))
    return tuple(sorted(states.items()))


def _findings(report: Report, observed_at: datetime | None) -> tuple[Finding, ...]:
    """Return the findings, all of assurance D."""
    worth = Assurance.D
    return tuple(
        [
            Finding(code=code, state=state, assurance=worth, provider=NAME, observed_at=observed_at)
            for code, state in _states(report)
        ]
    )


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:  # noqa: ARG001 - one signature for all
    """Return what the report amounts to; names of apps and unknown names are counted, not kept.

    Raises:
        EvidenceShapeError: if the payload is not a report.
    """
    if evidence.expected:
        raise EvidenceShapeError(unknown_fields("/expected", evidence.expected, ()))
    report = read_report(evidence.payload)
    details: dict[str, str | int | bool] = {
        "all_checks_finished": report.finished,
    }
    if report.threats:
        details["threats"] = ", ".join(sorted(report.threats))
    if report.unknown:
        details["unknown_threats"] = report.unknown
    if report.suspicious_apps:
        details["suspicious_apps"] = report.suspicious_apps
    return Appraisal(
        provider=NAME,
        mode=evidence.mode,
        verified=False,
        findings=_findings(report, evidence.observed_at),
        digest=payload_digest(evidence.payload),
        observed_at=evidence.observed_at,
        details=details,
    )


PROVIDER: Final = Provider(NAME, frozenset({Mode.REPORTED}), appraise)
