"""The waivers of a report's period: complete, with what was set aside under each."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from compliance.assessments.scope import Scope
from compliance.policysets.models import Waiver
from compliance.policysets.waiver_selectors import waivers_in_force_between
from policies.model import Disposition

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverView:
    """A waiver that was in force in the period, as far as it is over by the checkpoint.

    `revoked_at` is None unless it was revoked by the checkpoint; `decisions` counts those of the
    period in which it set aside a rule that would have counted.
    """

    waiver: Waiver
    revoked_at: datetime | None
    decisions: int


def waiver_views(scope: Scope, *, as_of: datetime) -> tuple[WaiverView, ...]:
    """Return the waivers in force in the scope, as the checkpoint has them, the oldest first."""
    waivers = waivers_in_force_between(scope.psp, start=scope.start, end=scope.end)
    not_yet = scope.later_refs("waiver_approved")
    revoked_later = scope.later_refs("waiver_revoked")
    counts = _decisions_under(scope)
    views = []
    for waiver in waivers:
        revoked_at = None if waiver.ref in revoked_later else waiver.revoked_at
        if waiver.ref not in not_yet and _was_in_force(waiver, revoked_at, scope.start, as_of):
            views.append(
                WaiverView(waiver=waiver, revoked_at=revoked_at, decisions=counts[waiver.ref])
            )
    return tuple(views)


def _was_in_force(
    waiver: Waiver, revoked_at: datetime | None, start: datetime, as_of: datetime
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
