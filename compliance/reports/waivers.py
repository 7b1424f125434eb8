"""The waivers of a report's period, of rules and of properties: complete, as its checkpoint has them."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from compliance.assessments.scope import Scope
from compliance.policysets.models import Grant, PropertyWaiver, Waiver
from compliance.policysets.property_waiver_selectors import property_waivers_between
from compliance.policysets.waiver_selectors import waivers_in_force_between
from compliance.reports.analyses import analysis_view
from policies.model import Disposition

_CHUNK = 2_000
_Waiver = TypeVar("_Waiver", Waiver, PropertyWaiver)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverView:
    """A waiver that was in force in the period, as far as it is over by the checkpoint.

    `revoked_at` is None unless it was revoked by the checkpoint; `decisions` counts those of the
    period in which it set aside a rule that would have counted.
    """

    waiver: Waiver
    revoked_at: datetime | None
    decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyWaiverView:
    """A waiver of a property that was in force in the period; `revoked_at` as for others.

    `title` is the property's in the version's analysis, empty where none was ready.
    """

    waiver: PropertyWaiver
    title: str
    revoked_at: datetime | None


def waiver_views(scope: Scope, *, as_of: datetime) -> tuple[WaiverView, ...]:
    """Return the waivers in force in the scope, as the checkpoint has them, the oldest first."""
    waivers = waivers_in_force_between(scope.psp, start=scope.start, end=scope.end)
    known = _in_force(scope, waivers, kind="waiver", as_of=as_of)
    counts = _decisions_under(scope)
    return tuple(
        WaiverView(waiver=waiver, revoked_at=revoked_at, decisions=counts[waiver.ref])
        for waiver, revoked_at in known
    )


def property_waiver_views(scope: Scope, *, as_of: datetime) -> tuple[PropertyWaiverView, ...]:
    """Return the waivers of properties in force in the scope, of any version, the oldest first."""
    waivers = property_waivers_between(scope.psp, start=scope.start, end=scope.end)
    return tuple(
        PropertyWaiverView(
            waiver=waiver,
            title=analysis_view(scope, waiver.version, as_of=as_of).titles.get(
                waiver.property_id, ""
            ),
            revoked_at=revoked_at,
        )
        for waiver, revoked_at in _in_force(scope, waivers, kind="property_waiver", as_of=as_of)
    )


def _in_force(
    scope: Scope, waivers: Sequence[_Waiver], *, kind: str, as_of: datetime
) -> list[tuple[_Waiver, datetime | None]]:
    """Return those in force at some moment of the scope, and when each was revoked, if it was.

    `kind` begins the names of their ledger entries, which say what the checkpoint covers.
    """
    not_yet = scope.later_refs(f"{kind}_approved")
    revoked_later = scope.later_refs(f"{kind}_revoked")
    known = []
    for waiver in waivers:
        revoked_at = None if waiver.ref in revoked_later else waiver.revoked_at
        if waiver.ref not in not_yet and _was_in_force(waiver, revoked_at, scope.start, as_of):
            known.append((waiver, revoked_at))
    return known


def _was_in_force(
    waiver: Grant, revoked_at: datetime | None, start: datetime, as_of: datetime
) -> bool:
    """Return whether there was a moment from `start` to `as_of` at which the waiver applied."""
    if waiver.approved_at is None:
        return False
    begun_at = max(waiver.starts_at, waiver.approved_at, start)
    return begun_at <= as_of and (revoked_at is None or begun_at < revoked_at)


def _decisions_under(scope: Scope) -> Counter[str]:
    """Return how many decisions each waiver mattered in; memory does not grow with them."""
    tolerated = scope.decisions().filter(disposition=Disposition.TOLERATED.value)
    counts: Counter[str] = Counter()
    for refs in tolerated.values_list("waivers", flat=True).iterator(chunk_size=_CHUNK):
        counts.update(set(refs))
    return counts
