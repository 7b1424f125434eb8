"""What decisions can be searched by."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from compliance.decisions.models import Decision, PresentFinding
from compliance.decisions.pseudonyms import pseudonym, pseudonym_key
from compliance.tenants.models import Psp
from policies.vocabulary.findings import codes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Conditions that a decision must all meet; None or empty asks for nothing.

    `start` is inclusive and `end` exclusive (aware). `finding` is a code or a family such as
    `device.*` that was present; `rule` is the id of a rule that held. `device_ref` and `payer_ref`
    are the back-end's own names, of which only keyed hashes are kept.
    """

    start: datetime | None = None
    end: datetime | None = None
    effect: str = ""
    disposition: str = ""
    finding: str = ""
    rule: str = ""
    channel: str = ""
    method: str = ""
    platform: str = ""
    app_version: str = ""
    environment_class: str = ""
    device_ref: str = ""
    payer_ref: str = ""
    support_ref: str = ""


_PLAIN = (
    "effect",
    "disposition",
    "channel",
    "method",
    "platform",
    "app_version",
    "environment_class",
)


def filtered(psp: Psp, filters: DecisionFilter) -> "QuerySet[Decision]":
    """Return the PSP's decisions that pass `filters`."""
    rows = Decision.objects.filter(psp=psp)
    for name in _PLAIN:
        value = _text(getattr(filters, name))
        if value:
            rows = rows.filter(**{name: value})
    if filters.start is not None:
        rows = rows.filter(decided_at__gte=filters.start)
    if filters.end is not None:
        rows = rows.filter(decided_at__lt=filters.end)
    if filters.support_ref:
        rows = rows.filter(support_ref=_text(filters.support_ref).upper())
    rows = _with_names(psp, filters, rows)
    if filters.rule:
        # The list is searched as text: ids hold neither quotes nor escapes.
        rows = rows.annotate(rules_text=Cast("matched_rules", TextField())).filter(
            rules_text__contains=f'"{_text(filters.rule)}"'
        )
    return rows if not filters.finding else rows.filter(_has_finding(psp, filters.finding))


def _with_names(
    psp: Psp, filters: DecisionFilter, rows: "QuerySet[Decision]"
) -> "QuerySet[Decision]":
    """Return the rows of one payer or device, found by the keyed hash of its name."""
    if not filters.device_ref and not filters.payer_ref:
        return rows
    key = pseudonym_key(psp.ref)
    if filters.device_ref:
        rows = rows.filter(device_hash=pseudonym(key, "device", filters.device_ref))
    if filters.payer_ref:
        rows = rows.filter(payer_hash=pseudonym(key, "payer", filters.payer_ref))
    return rows


def _has_finding(psp: Psp, pattern: str) -> Exists:
    """Return the condition that a finding of a code or family was present."""
    found = PresentFinding.objects.filter(
        psp=psp, decision_ref=OuterRef("ref"), code__in=codes_of(pattern)
    )
    return Exists(found)


def _text(value: str) -> str:
    """Return text without NUL, which no row holds and PostgreSQL refuses."""
    return value.replace("\0", "\ufffd")
