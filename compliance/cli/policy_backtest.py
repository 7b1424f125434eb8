"""`policy backtest`: what a stored version would have decided on recorded decisions."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.core.management.base import CommandError
from django.utils import timezone

from compliance.backtests.presentation import run_document
from compliance.backtests.queue import BACK_TESTS
from compliance.backtests.selectors import back_test_by_ref, summary_of
from compliance.backtests.services import LONGEST_PERIOD, request_back_test, work_on
from compliance.backtests.tasks import enqueue_back_test
from compliance.cli.comparison_lines import result_lines
from compliance.cli.verbs import Options, Outcome, Tell, Verb, days_up_to
from compliance.core.arguments import day
from compliance.policysets.selectors import version_of_number
from compliance.tenants.models import Psp
from compliance.tenants.selectors import psp_by_ref

_USUAL_DAYS: Final = 30
_TELL_EVERY_S: Final = 2.0


def _run(options: Options, tell: Tell) -> Outcome:
    """Ask for the back-test; leave it to a worker, or work on it here."""
    now, psp = timezone.now(), psp_by_ref(options["psp"])
    start, end = _period(options, now)
    row = request_back_test(
        psp=psp,
        version_ref=version_of_number(psp, options["number"], now=now).version.ref,
        period_start=start,
        period_end=end,
        requested_by="command line",
        now=now,
    )
    if options["wait"]:
        row = _finished(psp, row.ref, tell)
    else:
        enqueue_back_test(row.pk)
    return Outcome(lines=_lines(row), document=_document(row), code=int(row.state == "failed"))


def _finished(psp: Psp, ref: str, tell: Tell) -> Any:
    """Work on the back-test until it is ready or failed, and return it.

    Should a worker have taken it, it is waited for; and taken back, should that worker die.
    """
    while (row := back_test_by_ref(psp, ref)).finished_at is None:
        taken = BACK_TESTS.take(row.pk, now=timezone.now())
        if taken is None:
            tell(_progress(row))
            time.sleep(_TELL_EVERY_S)
        else:
            _work(taken, tell)
    return row


def _work(taken: Any, tell: Tell) -> None:
    """Work on the back-test; the clock is read before each chunk: the moment to say how far it is."""
    told_at = float("-inf")

    def clock() -> datetime:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELL_EVERY_S:
            told_at = time.monotonic()
            tell(_progress(taken))
        return timezone.now()

    work_on(back_test=taken, clock=clock)


def _period(options: Options, now: datetime) -> tuple[datetime, datetime]:
    """Return the first moment of the period and the one after its last; whole days, in UTC.

    Raises:
        CommandError: if only one end of it is named, or both ends and a number of days.
    """
    first, last, days = options["first"], options["last"], options["days"]
    if (first is None) is not (last is None):
        raise CommandError("--from and --to go together", returncode=2)
    if first is not None and days is not None:
        raise CommandError("name the period by --from and --to, or by --days", returncode=2)
    if first is not None:
        return _midnight(first), _midnight(last) + timedelta(days=1)
    today = _midnight(now.astimezone(UTC).date())
    return today - timedelta(days=days or _USUAL_DAYS), today


def _midnight(day: date) -> datetime:
    """Return the first moment of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _document(row: Any) -> dict[str, Any]:
    """Return the back-test for machines, with the days [from, to) as in the API."""
    period = {"from": row.starts_at.date().isoformat(), "to": row.ends_at.date().isoformat()}
    return run_document(row) | {"period": period, "progress": row.progress, "total": row.total}


def _progress(row: Any) -> str:
    """Return how far a back-test is."""
    of_all = "" if row.total is None else f" of {row.total:,}"
    return f"{row.progress} %: {row.done:,}{of_all} decisions"


def _lines(row: Any) -> Iterator[str]:
    """Yield the back-test for people; what it counts, once it is over."""
    last = (row.ends_at - timedelta(days=1)).date()
    yield f"{row.ref}  {row.state}  version {row.version.number}, {row.starts_at.date()} to {last}"
    if row.failure:
        yield row.failure
    if row.finished_at is not None:
        yield from result_lines(summary_of(row.tally))


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", type=int, help="number of the version")
    parser.add_argument("--psp", required=True, metavar="REF", help="reference of the PSP")
    parser.add_argument(
        "--from", dest="first", metavar="DAY", type=day, help="first day (UTC), with --to"
    )
    parser.add_argument(
        "--to", dest="last", metavar="DAY", type=day, help="last day (UTC), yesterday at most"
    )
    parser.add_argument(
        "--days",
        metavar="N",
        type=days_up_to(LONGEST_PERIOD.days),
        help=f"the N days before today instead; {_USUAL_DAYS} where no period is named",
    )
    parser.add_argument(
        "--wait",
        action="store_true",
        help="work on it in this process, tell progress, and print the result",
    )


BACKTEST: Final = Verb(
    name="backtest",
    summary="compare a stored version with recorded decisions",
    description=(
        "Let a stored version decide again on what was recorded in a period of whole days, and "
        "count what changes. A document is imported first, so that what was compared can be named "
        "later. Without --wait a worker does it: the web interface and GET /v1/backtests/REF show "
        "its progress and its result."
    ),
    codes="0 ready (without --wait: asked for); 1 failed, or refused",
    add_arguments=_add_arguments,
    run=_run,
)
