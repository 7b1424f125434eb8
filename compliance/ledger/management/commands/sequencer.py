"""The long-running sequencer: gives staged entries their index and publishes checkpoints."""
# SPDX-License-Identifier: Apache-2.0

import signal
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from compliance.ledger.sequencer import PASS_LIMIT, sequence_all

_logger = structlog.get_logger(__name__)
_STOP = (signal.SIGTERM, signal.SIGINT)
_LONGEST_WAIT_S = 30.0


class Command(BaseCommand):
    help = (
        "Sequence staged ledger entries and publish checkpoints, until SIGTERM or Ctrl-C. Several "
        "may run. A lost database connection is tried again. Exit code 0 after a stop."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between passes")
        parser.add_argument(
            "--once", action="store_true", help="one pass over what waits, then end"
        )

    def handle(self, *_args: object, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{_drain()} entries sequenced")
            return
        # Blocked, the signals stay pending until we ask for them: a pass is never cut in two.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        try:
            _run(interval_s=max(options["interval"], 0.01))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run(*, interval_s: float) -> None:
    """Pass after pass until a signal asks to stop."""
    _logger.info("sequencer_started", interval_s=interval_s)
    wait_s, failures = 0.0, 0
    while signal.sigtimedwait(_STOP, wait_s) is None:
        try:
            close_old_connections()
            count = sequence_all(now=timezone.now())
        except (OperationalError, InterfaceError, OSError) as error:
            failures += 1
            wait_s = min(interval_s * 2**failures, _LONGEST_WAIT_S)
            _logger.warning(
                "sequencer_interrupted", reason=str(error), failures=failures, retry_in_s=wait_s
            )
            connection.close()
        else:
            failures = 0
            # More may have been waiting than one pass takes: go on without a rest.
            wait_s = 0.0 if count >= PASS_LIMIT else interval_s
    _logger.info("sequencer_stopped")


def _drain() -> int:
    """Sequence until nothing waits; return how many entries got their index."""
    total = 0
    while count := sequence_all(now=timezone.now()):
        total += count
    return total
