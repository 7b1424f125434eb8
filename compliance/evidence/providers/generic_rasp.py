"""Any other run-time protection: the PSP says what the events of its product mean.

What the PSP sets up, for each product (`vendor`):

    vendors:
      acme:
        complete: scanComplete            # the marker that is true once every check has run
        events:
          rootFound: {code: device.rooted, state: present}
          hooksFound: {code: app.hooking, state: present}
          hooksUnsupported: {code: app.hooking, state: not_evaluated}

Payload: `{"vendor": "acme", "events": ["rootFound"], "markers": {"scanComplete": true}}`. Once the marker is
true, codes of the table that no event speaks about are absent. Worth what client software is worth.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from compliance.evidence.providers.reported_states import (
    SortedStates,
    appraisal_of_report,
    reported_states,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Provider,
    SettingsError,
    TrustMaterial,
    unknown_fields,
)
from compliance.evidence.providers.verdicts import Details
from policies.documents import Problem
from policies.vocabulary.findings import CATALOGUE, FindingState

NAME: Final = "generic_rasp"
MAX_VENDORS: Final = 16
MAX_TABLE: Final = 256
MAX_EVENTS: Final = 64
MAX_MARKERS: Final = 8
MAX_NAME: Final = 64
_FIELDS: Final = frozenset({"vendor", "events", "markers"})
_VENDOR_FIELDS: Final = ("complete", "events")
_MEANING_FIELDS: Final = ("code", "state")
_OWN: Final = ("attestation.", "provider.")
"""What these codes say of evidence is the service's to find."""


@dataclass(frozen=True, slots=True, eq=False)
class Vendor:
    """One product: the marker of a complete run, what each event means, the codes it looks for."""

    name: str
    complete: str
    events: Mapping[str, tuple[str, FindingState]]
    looked_for: frozenset[str]


UNKNOWN: Final = Vendor("", "", MappingProxyType({}), frozenset())
"""A product that the PSP has not set up: every event of it is unknown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a PSP has set up: its products by name."""

    vendors: Mapping[str, Vendor]


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:  # noqa: ARG001 - one signature for all
    """Return what the events amount to; those that the PSP has given no meaning are counted, not kept.

    Raises:
        EvidenceShapeError: if the payload is not a report.
    """
    if evidence.expected:
        raise EvidenceShapeError(unknown_fields("/expected", evidence.expected, ()))
    name, events, markers = _read(evidence.payload)
    settings = trust.settings.get(NAME)
    vendors = settings.vendors if isinstance(settings, Settings) else {}
    vendor = vendors.get(name, UNKNOWN)
    finished = markers.get(vendor.complete) is True
    known = frozenset([event for event in events if event in vendor.events])
    unknown = sum(event not in vendor.events for event in events)
    details: Details = {"checks_finished": finished}
    if vendor is UNKNOWN:
        details["reason"] = "not set up"
    else:
        # The officer's word, not the client's.
        details["vendor"] = vendor.name
    if known:
        details["events"] = ", ".join(sorted(known))
    if unknown:
        details["unknown_events"] = unknown
    states = _states(vendor, known, unknown, finished=finished)
    return appraisal_of_report(evidence, states, details)


@lru_cache(4096)
def _states(
    vendor: Vendor, events: frozenset[str], unknown: int, *, finished: bool
) -> SortedStates:
    """Return the state of every code that the report speaks about."""
    said = [vendor.events[event] for event in events]
    return reported_states(said, vendor.looked_for, finished=finished, unknown=unknown)


def _read(payload: Mapping[str, Any]) -> tuple[str, list[str], Mapping[str, bool]]:
    """Return the name of the product, its events and its markers."""
    problems = unknown_fields("/payload", payload, _FIELDS)
    name, events, markers = (payload.get(field) for field in ("vendor", "events", "markers"))
    if not _is_name(name):
        problems.append(Problem("/payload/vendor", _NAME_EXPECTED))
    if not isinstance(events, list):
        problems.append(Problem("/payload/events", "expected a list of names of events"))
    elif len(events) > MAX_EVENTS:
        problems.append(Problem("/payload/events", f"expected at most {MAX_EVENTS} events"))
    else:
        problems += [
            Problem(f"/payload/events/{index}", _NAME_EXPECTED)
            for index, event in enumerate(events)
            if not _is_name(event)
        ]
    if not isinstance(markers, dict) or len(markers) > MAX_MARKERS:
        detail = f"expected an object of at most {MAX_MARKERS} markers, each true or false"
        problems.append(Problem("/payload/markers", detail))
    elif not all(_is_name(marker) and isinstance(markers[marker], bool) for marker in markers):
        detail = f"expected true or false by names of 1 to {MAX_NAME} ASCII characters"
        problems.append(Problem("/payload/markers", detail))
    if problems:
        raise EvidenceShapeError(problems)
    return str(name), events or [], markers or {}


_NAME_EXPECTED: Final = f"expected a name of 1 to {MAX_NAME} ASCII characters"


def _is_name(value: Any) -> bool:
    """Return whether a value can be a name: printable, since names that are known are shown."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_NAME
        and value.isascii()
        and value.isprintable()
    )


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return what a PSP sets up.

    Raises:
        SettingsError: if the document has another form, or an event means nothing that there is.
    """
    problems = unknown_fields("", document, ("vendors",))
    vendors = document.get("vendors")
    if not isinstance(vendors, dict) or not 0 < len(vendors) <= MAX_VENDORS:
        detail = f"expected an object of 1 to {MAX_VENDORS} products by name"
        raise SettingsError([*problems, Problem("/vendors", detail)])
    read = {name: _vendor(name, given, problems) for name, given in vendors.items()}
    if problems:
        raise SettingsError(problems)
    return Settings(MappingProxyType(read))


def _vendor(name: str, given: Any, problems: list[Problem]) -> Vendor:
    """Return one product, as far as it makes sense."""
    pointer = f"/vendors/{_escaped(name)}"
    if not _is_name(name):
        problems.append(Problem(pointer, _NAME_EXPECTED))
    if not isinstance(given, dict):
        problems.append(Problem(pointer, f"expected {' and '.join(_VENDOR_FIELDS)}"))
        return UNKNOWN
    problems += unknown_fields(pointer, given, _VENDOR_FIELDS)
    complete = given.get("complete")
    if not _is_name(complete):
        detail = "expected the name of the marker that is true once every check has run"
        problems.append(Problem(f"{pointer}/complete", detail))
    table = given.get("events")
    if not isinstance(table, dict) or not 0 < len(table) <= MAX_TABLE:
        detail = f"expected an object of 1 to {MAX_TABLE} events by name"
        problems.append(Problem(f"{pointer}/events", detail))
        return UNKNOWN
    events = {
        event: _meaning(event, meaning, f"{pointer}/events", problems)
        for event, meaning in table.items()
    }
    codes = frozenset(code for code, state in events.values() if state is FindingState.PRESENT)
    return Vendor(name, str(complete), MappingProxyType(events), codes)


def _meaning(
    event: str, meaning: Any, above: str, problems: list[Problem]
) -> tuple[str, FindingState]:
    """Return the code and the state that an event stands for, as far as they make sense."""
    pointer = f"{above}/{_escaped(event)}"
    if not _is_name(event):
        problems.append(Problem(pointer, _NAME_EXPECTED))
    if not isinstance(meaning, dict):
        problems.append(Problem(pointer, f"expected {' and '.join(_MEANING_FIELDS)}"))
        return "", FindingState.NOT_EVALUATED
    problems += unknown_fields(pointer, meaning, _MEANING_FIELDS)
    code, state = meaning.get("code"), meaning.get("state")
    if not isinstance(code, str) or code not in CATALOGUE:
        problems.append(Problem(f"{pointer}/code", "expected a code of the catalogue of findings"))
    elif code.startswith(_OWN):
        detail = "expected a code about the app or the device: this one is the service's to find"
        problems.append(Problem(f"{pointer}/code", detail))
    words = [each.value for each in FindingState]
    if state not in words:
        problems.append(Problem(f"{pointer}/state", f"expected {', '.join(words)}"))
        return str(code), FindingState.NOT_EVALUATED
    return str(code), FindingState(state)


def _escaped(name: str) -> str:
    """Return a name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


PROVIDER: Final = Provider(NAME, frozenset({Mode.REPORTED}), appraise, read_settings)
