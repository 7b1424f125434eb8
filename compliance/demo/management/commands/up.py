"""Runs web, worker, scheduler and sequencer as one group."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.demo.preparation import prepare
from compliance.demo.supervisor import Group, GroupError, require_free_port, services


class Command(BaseCommand):
    help = "Run web, worker, scheduler and sequencer as one group, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8009)

    def handle(self, *_args: object, **options: Any) -> None:
        port = options["port"]
        try:
            require_free_port(port)
            prepare()
            group = Group(
                services=services(port=port, data_dir=settings.DATA_DIR),
                cwd=settings.BASE_DIR,
                log_dir=settings.DATA_DIR / "log",
            )
            with group:
                self.stdout.write(f"http://127.0.0.1:{port} (Ctrl-C stops everything)")
                self.stdout.flush()  # at once, also into a pipe
                group.watch()
        except GroupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("stopped")
