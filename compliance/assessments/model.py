"""What figures are: frozen values, each with what it is a share of."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from compliance.assessments.quantiles import Quantiles
from compliance.assessments.wording import number, share
from policies.vocabulary.duties import Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How many of `of` things have the value `key`."""

    key: str
    count: int
    of: int

    @property
    def text(self) -> str:
        """The count as it is printed."""
        return number(self.count)

    @property
    def share(self) -> str:
        """The share as it is printed; a dash where there is nothing to divide by."""
        return share(self.count, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFigure:
    """How often a code was present: authentications, and by assurance A to D."""

    code: str
    title: str
    count: int
    by_assurance: Mapping[str, int]
    is_alteration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFigure:
    """One provider's evidence: items appraised, how many verified, and how old they were (s).

    `ages` says how often each age occurred, as far as it is known.
    """

    provider: str
    mode: str
    items: int
    verified: int
    age_s: Quantiles
    ages: Mapping[float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFigure:
    """One action: how many obligations named it, and what the enforcing system said."""

    action: str
    title: str
    done: int
    failed: int
    skipped: int
    open: int
    overdue: int

    @property
    def total(self) -> int:
        """All obligations of this action."""
        return self.done + self.failed + self.skipped + self.open + self.overdue


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A breach that is not confirmed as mitigated, and why.

    `reason` is a sentence; `obligations` names what is not done, as `action: state`.
    """

    decision_ref: str
    decided_at: datetime
    effect: str
    app_version: str
    findings: tuple[str, ...]
    rules: tuple[str, ...]
    reason: str
    obligations: tuple[str, ...]
    leaf_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFigures:
    """Integrity breaches: a finding that is an alteration (Article 9(3)(c)) was present.

    `mitigating`: the decision mitigates. `confirmed`: it does, and the enforcing system has
    confirmed every obligation with a deadline as done. `unconfirmed` is the rest, divided into
    `not_mitigating`, `not_done` (failed or skipped), `overdue` and `open` (not yet due);
    a breach counts in the first of these that applies.
    """

    present: int
    devices: int
    mitigating: int
    not_mitigating: int
    not_done: int
    overdue: int
    open: int

    @property
    def unconfirmed(self) -> int:
        """Breaches that nobody has confirmed as mitigated."""
        return self.not_mitigating + self.not_done + self.overdue + self.open

    @property
    def confirmed(self) -> int:
        """Breaches whose mitigation is confirmed."""
        return self.present - self.unconfirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One day or week of the period: what was decided, and the findings that are alterations."""

    start: date
    label: str
    total: int
    effects: Mapping[str, int]
    environments: Mapping[str, int]
    undetermined: int
    breaches: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a period [start, end): computed, reproducible, and no verdict.

    `tree_size` is the checkpoint they are bound to; None: everything recorded so far. `erased` are
    the decisions of the period that lead to no device any more, so that `devices` leaves theirs out.
    """

    start: datetime
    end: datetime
    as_of: datetime
    tree_size: int | None
    total: int
    devices: int
    erased: int
    with_evidence: int
    conclusive: int
    by_effect: tuple[Part, ...]
    by_disposition: tuple[Part, ...]
    by_environment: tuple[Part, ...]
    by_reliable_elements: tuple[Part, ...]
    by_channel: tuple[Part, ...]
    by_method: tuple[Part, ...]
    by_platform: tuple[Part, ...]
    by_app_version: tuple[Part, ...]
    by_policy_version: tuple[Part, ...]
    findings: tuple[FindingFigure, ...]
    providers: tuple[ProviderFigure, ...]
    evidence_age_s: Quantiles
    evidence_age_histogram: Mapping[float, int]
    breaches: BreachFigures
    deviations: tuple[Deviation, ...]
    actions: tuple[ActionFigure, ...]
    enforcement_s: Quantiles
    enforcement_in_time: int
    enforcement_histogram: Mapping[float, int]
    steps: tuple[Step, ...]
    step_is_week: bool

    def part(self, parts: str, key: str) -> Part:
        """Return one part of `by_<parts>`, zero if there is none."""
        named: tuple[Part, ...] = getattr(self, f"by_{parts}")
        for part in named:
            if part.key == key:
                return part
        return Part(key=key, count=0, of=self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFigure:
    """The one figure that stands for a duty on a tile or in a summary, with its denominator."""

    duty: Duty
    provision: str
    title: str
    figure: str
    caption: str
    count: int
    of: int
    latest_at: datetime | None
