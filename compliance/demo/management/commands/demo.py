"""Sets up and runs everything with sample data, and produces a sealed report."""
# SPDX-License-Identifier: Apache-2.0

import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.demo.client import Client, RefusedError
from compliance.demo.people import APPROVER, OFFICER, REGULATOR
from compliance.demo.preparation import prepare
from compliance.demo.report import DemoReportError, fetch_report
from compliance.demo.seed import Seed, seed_demonstration
from compliance.demo.stream import requests, send
from compliance.demo.supervisor import Group, GroupError, require_free_port, services
from compliance.demo.waiting import wait_until_ready

_COUNT = 1000
_SEED = 9


class Command(BaseCommand):
    help = (
        "Set up everything with an invented payment service provider, run it, send authentications "
        "through the REST interface, and produce a sealed report. Stays until Ctrl-C, unless --once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8009)
        parser.add_argument("--once", action="store_true", help="end when the report is there")
        parser.add_argument("--count", type=int, default=_COUNT, help="authentications to send")

    def handle(self, *_args: object, **options: Any) -> None:
        port = options["port"]
        os.environ.setdefault("NINEFOLD_PUBLIC_URL", f"http://127.0.0.1:{port}")
        try:
            require_free_port(port)
            self._say("Preparing the database")
            prepare()
            seed = seed_demonstration(keys_dir=settings.KEYS_DIR, now=timezone.now())
            group = Group(
                services=services(port=port, data_dir=settings.DATA_DIR),
                cwd=settings.BASE_DIR,
                log_dir=settings.DATA_DIR / "log",
            )
            with group:
                self._run(group, seed, port, options["count"])
                if not options["once"]:
                    self._say("\nCtrl-C stops everything.")
                    group.watch()
        except (GroupError, RefusedError, DemoReportError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("stopped")

    def _run(self, group: Group, seed: Seed, port: int, count: int) -> None:
        """Send the stream, fetch the report, say where to look."""

        def connect() -> Client:
            return Client(host="127.0.0.1", port=port, api_key=seed.api_key)

        self._say("Starting web, worker, scheduler and sequencer")
        wait_until_ready(port, group.require_alive)
        started = time.monotonic()
        bodies = requests(seed.authority, count=count, seed=_SEED)
        effects = send(connect, bodies, tell=lambda done: self._progress(done, count))
        told = ", ".join(f"{effect} {number}" for effect, number in effects.most_common())
        seconds = time.monotonic() - started
        self._say(f"Sent {count} authentications in {seconds:.0f} s over REST: {told}")
        self._say("Producing the sealed report")
        report = fetch_report(
            connect(),
            folder=settings.DATA_DIR / "demo",
            now=timezone.now(),
            alive=group.require_alive,
        )
        self._say(
            _SUMMARY.format(
                url=f"http://127.0.0.1:{port}",
                people=", ".join(person.email for person in (OFFICER, APPROVER, REGULATOR)),
                password=seed.password,
                key=seed.api_key,
                report=os.path.relpath(report),
            )
        )

    def _progress(self, done: int, count: int) -> None:
        """Show how far the stream is, on a terminal only."""
        if self.stdout.isatty():
            self.stdout.write(f"\r  {done} of {count}", ending="\n" if done == count else "")
            self.stdout.flush()

    def _say(self, line: str) -> None:
        """Print at once, also into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()


_SUMMARY = """
Look at it     {url}
Sign in as     {people}
Password       {password}
API key        {key}
Sealed report  {report}
Verify it      .venv/bin/python manage.py verify {report}
"""
