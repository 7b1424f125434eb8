"""Decides as a candidate on what was recorded, and compares. The one place that says what a change is."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from compliance.backtests.candidate import Candidate
from compliance.backtests.reading import Chunk, Owed, RecordedDecision
from compliance.backtests.retyping import Declarations
from compliance.backtests.tally import LISTED_PER_CELL, Tally
from compliance.core.errors import NotFoundError
from compliance.decisions.details import hits_for
from compliance.decisions.facts_codec import decode_facts
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_by_digest
from compliance.policysets.programs import compiled
from compliance.tenants.models import Psp
from policies.design import Hits
from policies.model import Decision as NewDecision
from policies.model import Disposition, Facts, Obligation
from policies.vocabulary.actions import STEP_UP

ERASED: Final = "its record was erased"
UNREADABLE: Final = "its recorded facts cannot be read"
NO_DESIGN: Final = "the authentication design of then is not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A decision that the candidate makes otherwise."""

    decision_ref: str
    decided_at: datetime
    old_effect: str
    new_effect: str
    old_obligations: list[Any]
    new_obligations: list[Any]
    new_rules: list[str]


class Comparer:
    """Compares a PSP's recorded decisions with those of one candidate.

    Only the policy set is the candidate's: each decision is made again under the authentication
    design that it was made under, with the findings of then, and without waivers.
    """

    def __init__(self, psp: Psp, document: str) -> None:
        policy = compiled(document)
        self._psp = psp
        self._candidate = Candidate(policy.program)
        self._declarations = Declarations(policy.policy_set)
        self._designs: dict[str, DesignVersion | None] = {"": None}
        self._hits: dict[tuple[object, ...], Hits] = {}
        self._owed: dict[tuple[Obligation, ...], tuple[Owed, ...]] = {(): ()}

    def compare(self, chunk: Chunk, tally: Tally) -> list[Changed]:
        """Count the chunk in `tally`; return the changes that are to be listed."""
        changes = []
        for recorded in chunk.decisions:
            outcome = self._decide_again(recorded)
            if isinstance(outcome, str):
                tally.give_up(outcome)
                continue
            old = chunk.obligations.get(recorded.ref, ())
            new = self._owed_by(outcome)
            if _is_listed(tally, recorded, outcome, old, new):
                changes.append(_changed(recorded, outcome, old, new))
        return changes

    def _decide_again(self, recorded: RecordedDecision) -> NewDecision | str:
        """Return the candidate's decision, or why there can be none."""
        if recorded.facts is None:
            return ERASED
        try:
            facts = decode_facts(bytes(recorded.facts))
        except msgspec.MsgspecError:
            return UNREADABLE
        reason = self._declarations.reason_against(facts.attributes)
        if reason:
            return reason
        try:
            hits = self._hits_under(recorded.design_digest, facts)
        except NotFoundError:
            return NO_DESIGN
        return self._candidate.decide(hits, facts)

    def _hits_under(self, digest: str, facts: Facts) -> Hits:
        """Return which elements each finding hits under the design of then; each kept."""
        attributes = facts.attributes
        key = (digest, attributes.get("method"), attributes.get("app_version"))
        hits = self._hits.get(key)
        if hits is None:
            if digest not in self._designs:
                self._designs[digest] = design_version_by_digest(self._psp, digest)
            hits = self._hits[key] = hits_for(self._designs[digest], facts)
        return hits

    def _owed_by(self, decision: NewDecision) -> tuple[Owed, ...]:
        """Return a decision's obligations in the form of recorded ones."""
        obligations = decision.obligations
        owed = self._owed.get(obligations)
        if owed is None:
            owed = tuple((each.action, each.parameters, each.within_s) for each in obligations)
            self._owed[obligations] = owed
        return owed


def _is_listed(
    tally: Tally,
    recorded: RecordedDecision,
    decided: NewDecision,
    old: tuple[Owed, ...],
    new: tuple[Owed, ...],
) -> bool:
    """Count one decision; return whether it changed and there is room for it in the list."""
    cell = f"{recorded.effect} {decided.effect.value}"
    tally.cells[cell] = tally.cells.get(cell, 0) + 1
    if recorded.disposition == Disposition.TOLERATED:
        tally.tolerated += 1
    if recorded.effect == decided.effect and old == new:
        return False
    had, has = _steps_up(old), _steps_up(new)
    tally.step_ups_added += has and not had
    tally.step_ups_removed += had and not has
    tally.changed[cell] = tally.changed.get(cell, 0) + 1
    listed = tally.listed.get(cell, 0)
    if listed >= LISTED_PER_CELL:
        return False
    tally.listed[cell] = listed + 1
    return True


def _steps_up(owed: tuple[Owed, ...]) -> bool:
    """Return whether the payer is asked for another step; also where a hold comes first."""
    return any(action == STEP_UP for action, _parameters, _within_s in owed)


def _changed(
    recorded: RecordedDecision,
    decided: NewDecision,
    old: tuple[Owed, ...],
    new: tuple[Owed, ...],
) -> Changed:
    """Return the change as it is listed."""
    return Changed(
        decision_ref=recorded.ref,
        decided_at=recorded.decided_at,
        old_effect=recorded.effect,
        new_effect=decided.effect.value,
        old_obligations=_listed(old),
        new_obligations=_listed(new),
        new_rules=list(decided.determining_rules),
    )


def _listed(owed: tuple[Owed, ...]) -> list[Any]:
    """Return obligations as JSON has them."""
    return [[action, dict(parameters), within_s] for action, parameters, within_s in owed]
