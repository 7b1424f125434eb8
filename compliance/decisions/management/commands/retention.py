"""Says for how long the records of a PSP's decisions are kept."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.decisions.retention import retention_days, set_retention
from compliance.tenants.selectors import person_of, psp_by_ref


class Command(BaseCommand):
    help = (
        "Show for how many days the records of decisions are kept; set it with --days or --no-end. "
        "What is older is erased within the hour and cannot be had back. "
        "Exit codes: 0 done, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        how_long = parser.add_mutually_exclusive_group()
        how_long.add_argument("--days", type=int, help="keep records for so many days")
        how_long.add_argument("--no-end", action="store_true", help="keep them until erased")
        parser.add_argument("--by", metavar="EMAIL", help="who sets it")

    def handle(self, *_args: object, **options: Any) -> None:
        is_set = options["days"] is not None or options["no_end"]
        if is_set and not options["by"]:
            raise CommandError("setting it needs --by", returncode=2)
        try:
            psp = psp_by_ref(options["psp"])
            if is_set:
                person = person_of(psp, options["by"])
                set_retention(psp=psp, days=options["days"], by=person, now=timezone.now())
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        days = retention_days(psp)
        self.stdout.write("no end" if days is None else f"{days} days")
