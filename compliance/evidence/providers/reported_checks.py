"""Products whose app relays checks by name, each with whether it found something: Promon and Wultra.

A payload has the checks (`{"ROOTING": true, "EMULATOR": false}`) and `checks_finished`: whether every check
that the app has switched on has run. A check that is left out has said nothing. What its silence means depends on
whether the app has it switched on at all, which only the PSP knows: `registered` in its settings.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.reported_states import (
    SortedStates,
    appraisal_of_report,
    reported_states,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    SettingsError,
    TrustMaterial,
    unknown_fields,
)
from compliance.evidence.providers.verdicts import PRESENT, Details, lines_of
from policies.documents import Problem

MAX_CHECKS: Final = 64
MAX_NAME_LENGTH: Final = 64
_FINISHED: Final = "checks_finished"


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A product: its name, its field for checks, the codes of each check, and codes that none clears.

    Names of checks are in lower case here; apps relay them as they like.
    """

    name: str
    field: str
    codes_of: Mapping[str, tuple[str, ...]]
    never_cleared: frozenset[str] = frozenset()


class Registered(NamedTuple):
    """The checks that the PSP's app has switched on, in lower case."""

    checks: frozenset[str]


class _Report(NamedTuple):
    """What is kept of a payload, by known names; the others are counted."""

    found: frozenset[str]
    heard: frozenset[str]
    unknown: int
    finished: bool


def codes_by_check(catalogue_name: str) -> Mapping[str, tuple[str, ...]]:
    """Return the codes of each check, as the catalogue maps them."""
    codes: dict[str, list[str]] = {}
    for line in lines_of(catalogue_name):
        for mapping in line.mappings:
            for value in mapping.values:
                codes.setdefault(value.lower(), []).append(line.code)
    return {name: tuple(found) for name, found in codes.items()}


def appraise_checks(product: Product, evidence: Evidence, trust: TrustMaterial) -> Appraisal:
    """Return what the report of a product amounts to.

    Raises:
        EvidenceShapeError: if the payload is not a report; unknown names are no such problem.
    """
    if evidence.expected:
        raise EvidenceShapeError(unknown_fields("/expected", evidence.expected, ()))
    report = _read(product, evidence.payload)
    settings = trust.settings.get(product.name)
    registered = settings.checks if isinstance(settings, Registered) else frozenset()
    details: Details = {_FINISHED: report.finished}
    if report.found:
        details["found"] = ", ".join(sorted(report.found))
    if report.unknown:
        details["unknown_checks"] = report.unknown
    return appraisal_of_report(evidence, _states(product, report, registered), details)


def _read(product: Product, payload: Mapping[str, Any]) -> _Report:
    """Return what a payload says."""
    checks = payload.get(product.field)
    finished = payload.get(_FINISHED)
    problems = unknown_fields("/payload", payload, (product.field, _FINISHED))
    problems += _check_problems(checks, f"/payload/{product.field}")
    if not isinstance(finished, bool):
        problems.append(Problem(f"/payload/{_FINISHED}", "expected true or false"))
    if problems or not isinstance(checks, dict):
        raise EvidenceShapeError(problems)
    known = product.codes_of
    heard: list[str] = []
    found: list[str] = []
    for spelled, is_found in checks.items():
        check = spelled.lower()
        if check in known:
            heard.append(check)
            if is_found:
                found.append(check)
    unknown = len(checks) - len(heard)
    return _Report(frozenset(found), frozenset(heard), unknown, finished is True)


def _is_name(name: str) -> bool:
    """Return whether a check can be called so."""
    return name.isascii() and 0 < len(name) <= MAX_NAME_LENGTH


def _check_problems(checks: Any, pointer: str) -> list[Problem]:
    """Return what is wrong with the checks."""
    if not isinstance(checks, dict):
        return [
            Problem(pointer, "expected an object: a check's name, and whether it found something")
        ]
    if len(checks) > MAX_CHECKS:
        return [Problem(pointer, f"expected at most {MAX_CHECKS} checks")]
    problems: list[Problem] = []
    if set(map(type, checks.values())) <= {bool} and all(map(_is_name, checks)):
        return problems
    for name, found in checks.items():
        if not _is_name(name):
            detail = f"expected names of 1 to {MAX_NAME_LENGTH} ASCII characters"
            problems.append(Problem(pointer, detail))
        elif not isinstance(found, bool):
            place = name.replace("~", "~0").replace("/", "~1")
            problems.append(Problem(f"{pointer}/{place}", "expected true or false"))
    return problems


@lru_cache(4096)
def _states(product: Product, report: _Report, registered: frozenset[str]) -> SortedStates:
    """Return the state of every code that the report speaks about."""
    codes_of = product.codes_of
    looked_for = {code for check in report.heard | registered for code in codes_of[check]}
    return reported_states(
        [(code, PRESENT) for check in report.found for code in codes_of[check]],
        looked_for - product.never_cleared,
        finished=report.finished,
        unknown=report.unknown,
    )


def read_registered(product: Product, document: Mapping[str, Any]) -> Registered:
    """Return what a PSP sets up: `registered`, the checks that its app has switched on.

    Raises:
        SettingsError: if the document has another form or names a check that nobody knows.
    """
    problems = unknown_fields("", document, ("registered",))
    names = document.get("registered")
    if not isinstance(names, list) or not 0 < len(names) <= MAX_CHECKS:
        detail = f"expected a list of 1 to {MAX_CHECKS} names of checks"
        raise SettingsError([*problems, Problem("/registered", detail)])
    problems += [
        Problem(f"/registered/{index}", "expected the name of a check that maps to a finding")
        for index, name in enumerate(names)
        if not (isinstance(name, str) and name.lower() in product.codes_of)
    ]
    if problems:
        raise SettingsError(problems)
    return Registered(frozenset(name.lower() for name in names))
