"""Says whether raw evidence is kept, and shows what was kept of a decision."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.decisions.keeping import evidence_keeping, set_evidence_keeping
from compliance.decisions.looking import look_at_raw_evidence, raw_evidence_document
from compliance.tenants.models import Psp
from compliance.tenants.selectors import person_of, psp_by_ref

WARNING: Final = (
    "From now on personal data that is otherwise dropped before storage is kept, encrypted: whatever the "
    "evidence of these providers says of a phone and its owner, such as IMEI, serial number, e-mail address "
    "or the name of a Wi-Fi. Have a legal basis for it, and set how long it is kept (manage.py retention)."
)


class Command(BaseCommand):
    help = (
        "status: show of which providers raw evidence is kept (of none, until it is said). "
        "keep PROVIDER… --by EMAIL: keep that of these providers, and of no others: personal data that is "
        "otherwise dropped before storage is then kept, encrypted. none --by EMAIL: keep no more; what was kept "
        "stays until it is erased. show DECISION --by EMAIL: print what was kept of a decision as JSON; the ledger "
        "says who looked. Exit codes: 0 done, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["status", "keep", "none", "show"])
        parser.add_argument("target", nargs="*", help="providers, or the reference of a decision")
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--by", metavar="EMAIL", help="who does it")

    def handle(self, *_args: object, **options: Any) -> None:
        action, target = options["action"], options["target"]
        if action != "status" and not options["by"]:
            raise CommandError(f"{action} needs --by", returncode=2)
        if bool(target) != (action in {"keep", "show"}) or (action == "show" and len(target) != 1):
            raise CommandError("keep needs providers, show one decision, others none", returncode=2)
        try:
            psp = psp_by_ref(options["psp"])
            if action == "show":
                self._show(psp, target[0], options["by"])
                return
            if action != "status":
                person = person_of(psp, options["by"])
                set_evidence_keeping(psp=psp, providers=target, by=person, now=timezone.now())
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        newest = evidence_keeping(psp)
        kept = [] if newest is None else newest.providers
        self.stdout.write(", ".join(kept) or "none")
        if action == "keep":
            self.stderr.write(WARNING)

    def _show(self, psp: Psp, ref: str, by: str) -> None:
        """Print what was kept of a decision."""
        person = person_of(psp, by)
        items = look_at_raw_evidence(psp=psp, decision_ref=ref, by=person, now=timezone.now())
        self.stdout.write(json.dumps(raw_evidence_document(items), indent=2))
