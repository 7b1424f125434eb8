"""The charts of a report, each with the rows of the table that stands beside it."""
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from compliance.assessments.kinds import KINDS, by_kind
from compliance.assessments.model import Figures
from compliance.assessments.wording import number, share
from compliance.reports.charts import chart_svg
from policies.vocabulary.environment import ENVIRONMENT_FIELDS

AGE_BOUNDS_S: Final = (2, 5, 15, 30, 60, 300, 600, 3600)
ENFORCEMENT_BOUNDS_S: Final = (1, 2, 5, 15, 60, 300, 600, 3600)

_LEFT_OUT: Final = "Rows in which nothing is counted are left out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One chart: its address (`data:`), what a reader who does not see it needs, and its table.

    Rows in which nothing is counted are left out of the table; `note` says so.
    """

    source: str
    alternative: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def pictures_of(figures: Figures) -> Mapping[str, Picture | None]:
    """Return the charts by name; None where there is nothing to show."""
    return {
        "breaches": _breaches(figures),
        "environments": _environments(figures),
        "decisions": _decisions(figures),
        "age": _histogram(
            figures.evidence_age_histogram,
            AGE_BOUNDS_S,
            name="evidence_age",
            what="pieces of evidence",
            alternative="How old evidence was when it was relied on",
        ),
        "enforcement": _histogram(
            figures.enforcement_histogram,
            ENFORCEMENT_BOUNDS_S,
            name="enforcement_times",
            what="obligations",
            alternative="How long enforcement took after the decision",
        ),
    }


def draw(
    name: str,
    data: Sequence[Mapping[str, Any]],
    *,
    alternative: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> Picture:
    """Draw a chart and keep it with its table."""
    svg = chart_svg(name, data)
    kept = [row for row in rows if any(cell for cell in row[1:])]
    return Picture(
        source="data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
        alternative=alternative,
        columns=tuple(columns),
        rows=tuple(tuple(map(_cell, row)) for row in kept),
        note="" if len(kept) == len(rows) else _LEFT_OUT,
    )


def _cell(value: object) -> str:
    """Return a value as a table prints it."""
    return number(value) if isinstance(value, int) else str(value)


def _breaches(figures: Figures) -> Picture | None:
    """Breaches by kind and step."""
    counts = [(step.label, by_kind(step.breaches)) for step in figures.steps]
    if not any(sum(kinds.values()) for _label, kinds in counts):
        return None
    return draw(
        "breaches",
        [
            {"step": label, "order": order, "kind": kind, "count": kinds[kind], "stack": stack}
            for order, (label, kinds) in enumerate(counts)
            for stack, kind in enumerate(KINDS)
        ],
        alternative="Findings that are integrity breaches, by kind, over the period",
        columns=("", *KINDS),
        rows=[(label, *(kinds[kind] for kind in KINDS)) for label, kinds in counts],
    )


def _environments(figures: Figures) -> Picture | None:
    """Execution environments by class and step, as shares."""
    present = {part.key for part in figures.by_environment if part.count}
    classes = [name for name in ENVIRONMENT_FIELDS["class"] if name in present]
    if not classes:
        return None
    titles = [name.replace("_", " ") for name in classes]
    steps = figures.steps
    return draw(
        "environments",
        [
            {
                "step": step.label,
                "order": order,
                "class": title,
                "count": step.environments.get(name, 0),
                "stack": stack,
            }
            for order, step in enumerate(steps)
            for stack, (name, title) in enumerate(zip(classes, titles, strict=True))
        ],
        alternative="Classes of execution environment over the period, as shares",
        columns=("", *titles),
        rows=[
            (step.label, *(step.environments.get(name, 0) for name in classes)) for step in steps
        ],
    )


def _decisions(figures: Figures) -> Picture | None:
    """Decisions that are no plain permit, by effect and step."""
    effects = ("step_up", "hold", "deny")
    steps = figures.steps
    if not any(step.effects.get(effect) for step in steps for effect in effects):
        return None
    return draw(
        "decisions",
        [
            {
                "step": step.label,
                "order": order,
                "effect": effect.replace("_", " "),
                "count": step.effects.get(effect, 0),
                "stack": stack,
            }
            for order, step in enumerate(steps)
            for stack, effect in enumerate(effects)
        ],
        alternative="Decisions other than permit, by effect, over the period",
        columns=("", "permit", "step up", "hold", "deny", "all"),
        rows=[
            (
                step.label,
                step.effects.get("permit", 0),
                *(step.effects.get(effect, 0) for effect in effects),
                step.total,
            )
            for step in steps
        ],
    )


def _histogram(
    histogram: Mapping[float, int],
    bounds: Sequence[int],
    *,
    name: str,
    what: str,
    alternative: str,
) -> Picture | None:
    """Times in buckets; each bound belongs to the bucket that it ends."""
    total = sum(histogram.values())
    if not total:
        return None
    labels = [*map(_short, bounds), "more"]
    counts = [0] * len(labels)
    for value, count in histogram.items():
        place = next((i for i, bound in enumerate(bounds) if value <= bound), len(bounds))
        counts[place] += count
    data = [
        {"bucket": label, "order": order, "count": count}
        for order, (label, count) in enumerate(zip(labels, counts, strict=True))
    ]
    rows = [
        (label, count, share(count, total)) for label, count in zip(labels, counts, strict=True)
    ]
    return draw(name, data, alternative=alternative, columns=("up to", what, "share"), rows=rows)


def _short(bound: int) -> str:
    """Return a bound in its unit."""
    if bound < 60:
        return f"{bound} s"
    return f"{bound // 60} min" if bound < 3600 else f"{bound // 3600} h"
