"""Who works on which job: the row is the queue record, taken by compare-and-swap.

A message only says that there may be something to do; a lost one loses nothing, since a scheduled
task finds the rows that nobody works on.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from django.db import models
from django.db.models import F, Q, QuerySet

WAIT_BEFORE_ASKING_AGAIN: Final = timedelta(seconds=20)
"""A message deserves this long to be delivered before it is taken for lost."""

REQUESTED: Final = "requested"
RUNNING: Final = "running"
UNEXPECTED: Final = (
    "Something unexpected happened; the operator finds the details in the worker's log."
)
"""What people read of a job that failed in a way that nobody foresaw."""


class Job(models.Model):
    """A row that workers take: with `state` (of which two are above) and `requested_at` as well."""

    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


J = TypeVar("J", bound=Job)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQueue(Generic[J]):
    """The rows of one model as a queue.

    `beat` is the column with the last sign of life of a row's worker, who is lost when it is older
    than `silent_after`; `related` are the rows that a worker needs as well; `afresh` has the columns
    that begin anew with each attempt.
    """

    model: type[J]
    silent_after: timedelta
    beat: str = "beat_at"
    related: tuple[str, ...] = ("psp",)
    afresh: Mapping[str, object] = field(default_factory=dict)

    def waiting_ids(self, *, now: datetime) -> list[int]:
        """Return the jobs that nobody works on: message lost, to be tried again, or worker lost."""
        before = now - WAIT_BEFORE_ASKING_AGAIN
        waiting = self._rows().filter(self._free(now), requested_at__lt=before)
        return list(waiting.order_by("requested_at").values_list("pk", flat=True))

    def take(self, job_id: int, *, now: datetime) -> J | None:
        """Take the job if it is free, count the attempt, and return it; None if it is not free.

        Two workers may hold the same message: the database lets one of them through.
        """
        columns = {"state": RUNNING, "attempts": F("attempts") + 1, self.beat: now, **self.afresh}
        taken = self._rows().filter(self._free(now), pk=job_id).update(**columns)
        return self._rows().select_related(*self.related).get(pk=job_id) if taken else None

    def work_on(
        self,
        job_id: int,
        *,
        clock: Callable[[], datetime],
        work: Callable[[J], object],
        give_up: Callable[[J], object],
    ) -> None:
        """Take the job, if it is free, and work on it: the outermost edge of a worker.

        Whatever goes wrong, the row must not stay as if somebody worked on it: it is given up, and
        the error goes on to the worker's log.
        """
        job = self.take(job_id, now=clock())
        if job is None:
            return
        try:
            work(job)
        except Exception:
            give_up(job)
            raise

    def held(self, job: J) -> "QuerySet[J]":
        """Return the row if this attempt still has it.

        A worker that was given up for lost may live on, and finds nothing here: its attempt is over.
        """
        return self._rows().filter(pk=job.pk, state=RUNNING, attempts=job.attempts)

    def _free(self, now: datetime) -> Q:
        """Return the condition that nobody works on a job."""
        left = Q(state=RUNNING, **{f"{self.beat}__lt": now - self.silent_after})
        return Q(state=REQUESTED) | left

    def _rows(self) -> "QuerySet[J]":
        """Return every row."""
        return QuerySet(self.model)
