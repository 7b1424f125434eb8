"""Obligations as they stand now: open, confirmed, or overdue."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.decisions.models import Obligation, Outcome
from policies.engine import obligation_phrase
from policies.model import Obligation as ObligationText
from policies.vocabulary.actions import RECORD_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationView:
    """One obligation and what was heard about it.

    `state` is `open`, `done`, `failed`, `skipped` or `overdue`: the last outcome counts, whenever
    it came; without one an obligation is overdue once its deadline has passed. `record_only` has
    no deadline and is done by the record itself. `within_s` is the time allowed, in seconds after
    the decision. `outcomes` are in the order they came.
    """

    decision_ref: str
    obligation_id: str
    action: str
    parameters: Mapping[str, Any]
    phrase: str
    decided_at: datetime
    due_at: datetime | None
    within_s: int | None
    state: str
    outcomes: tuple[Outcome, ...]


def obligation_views(
    obligations: Iterable[Obligation], *, outcomes: Iterable[Outcome], now: datetime
) -> Iterator[ObligationView]:
    """Yield obligations with their state at `now`; `outcomes` are in the order they came."""
    heard: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        heard.setdefault((outcome.decision_ref, outcome.obligation_id), []).append(outcome)
    for row in obligations:
        about = tuple(heard.get((row.decision_ref, row.obligation_id), ()))
        yield ObligationView(
            decision_ref=row.decision_ref,
            obligation_id=row.obligation_id,
            action=row.action,
            parameters=row.parameters,
            phrase=_phrase(row),
            decided_at=row.decided_at,
            due_at=row.due_at,
            within_s=row.within_s,
            state=_state(row, about, now),
            outcomes=about,
        )


def _state(row: Obligation, outcomes: tuple[Outcome, ...], now: datetime) -> str:
    """Return how an obligation stands."""
    if outcomes:
        return outcomes[-1].status
    if row.action == RECORD_ONLY:
        return "done"
    return "overdue" if row.due_at is not None and row.due_at < now else "open"


def _phrase(row: Obligation) -> str:
    """Return the obligation in words, with its deadline."""
    parameters = tuple(sorted(row.parameters.items()))
    return obligation_phrase(
        ObligationText(action=row.action, parameters=parameters, within_s=row.within_s)
    )
