"""Asks for analyses, and who works on which."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import QuerySet

from compliance.core.jobs import JobQueue
from compliance.core.refs import new_ref
from compliance.designs.selectors import design_digest_in_force, designs_to_come
from compliance.policysets.models import (
    NO_DESIGN,
    Analysis,
    AnalysisState,
    PolicySetVersion,
    VersionState,
)
from compliance.policysets.selectors import StatedVersion, activation_in_force, versions_submitted
from compliance.tenants.models import Psp

SILENT_AFTER: Final = timedelta(minutes=2)
"""A worker gives a sign of life with each property; one that was silent for longer is lost."""

ANALYSES: Final = JobQueue(
    model=Analysis,
    silent_after=SILENT_AFTER,
    related=("psp", "version__psp"),
    afresh={"done": 0},
)

MOST_ATTEMPTS: Final = 5

_OPEN: Final = frozenset({VersionState.SUBMITTED, VersionState.APPROVED, VersionState.SCHEDULED})


class Question(NamedTuple):
    """What a version is analysed under, and compared with: digests, as `Analysis` has them."""

    design_digest: str
    compared_digest: str


def question_of(version: PolicySetVersion, *, now: datetime) -> Question:
    """Return what an analysis of the version is to answer now."""
    psp = version.psp
    current = activation_in_force(psp, at=now)
    compared = "" if current is None else current.version.digest
    return Question(
        design_digest=design_digest_in_force(psp, at=now) or NO_DESIGN,
        compared_digest="" if compared == version.digest else compared,
    )


def request_analysis(*, version: PolicySetVersion, now: datetime) -> Analysis:
    """Store the wish to analyse a version as things stand now, or return the row that is there.

    The caller then enqueues it (`tasks.enqueue_analysis`); should the message be lost, a scheduled
    task finds the row. One that failed is asked for anew.
    """
    question = question_of(version, now=now)
    found = _answering(version, question).exclude(state=AnalysisState.FAILED).first()
    return found or _asked(version, question, now)


def request_due_analyses(*, psp: Psp, now: datetime) -> list[Analysis]:
    """Ask for the analyses that are missing: a design or a policy set came into force since.

    What is in force is analysed under the design in force, and under each that may come into force;
    what may come into force itself is also compared with what is. What failed is left alone: it
    would fail again.
    """
    due = [
        request_analysis(version=stated.version, now=now)
        for stated in versions_submitted(psp, now=now)
        if _is_due(stated, now)
    ]
    return [*due, *_asked_ahead(psp, now)]


def analysis_ahead(*, psp: Psp, design_digest: str, now: datetime) -> Analysis | None:
    """Return the newest analysis of the policy set in force under a design that is not in force yet.

    None while there is none, or no policy set is in force.
    """
    current = activation_in_force(psp, at=now)
    if current is None:
        return None
    under = current.version.analyses.filter(design_digest=design_digest)
    return under.order_by("-requested_at", "-pk").first()


def _asked_ahead(psp: Psp, now: datetime) -> list[Analysis]:
    """Ask what becomes of the policy set in force under each design that may come into force.

    So that who approves a design sees it before, and it is known at once when the design comes.
    """
    current = activation_in_force(psp, at=now)
    if current is None:
        return []
    coming = dict.fromkeys(each.version.digest for each in designs_to_come(psp, now=now))
    return [
        _asked(current.version, Question(design_digest=digest, compared_digest=""), now)
        for digest in coming
        if not current.version.analyses.filter(design_digest=digest).exists()
    ]


def _asked(version: PolicySetVersion, question: Question, now: datetime) -> Analysis:
    """Store the wish to have a question answered."""
    return Analysis.objects.create(
        psp=version.psp,
        ref=new_ref("ana", now=now),
        version=version,
        requested_at=now,
        **question._asdict(),
    )


def _is_due(stated: StatedVersion, now: datetime) -> bool:
    """Return whether the version's analysis is missing."""
    version = stated.version
    question = question_of(version, now=now)
    if stated.state in _OPEN:
        return not _answering(version, question).exists()
    if stated.state is VersionState.ACTIVE:
        under = version.analyses.filter(design_digest=question.design_digest)
        return not under.exists()
    return False


def _answering(version: PolicySetVersion, question: Question) -> "QuerySet[Analysis]":
    """Return the version's analyses that answer a question, the newest first."""
    return version.analyses.filter(**question._asdict()).order_by("-requested_at", "-pk")


def give_up(*, analysis: Analysis, failure: str, now: datetime) -> None:
    """Mark an analysis as failed, with a text for people, if this attempt still has it."""
    ANALYSES.held(analysis).update(
        state=AnalysisState.FAILED, failure=failure[:300], finished_at=now
    )
