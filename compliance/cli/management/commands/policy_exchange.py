"""Signed exports of policy sets: export a version, check a file, import it as a draft."""
# SPDX-License-Identifier: Apache-2.0

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.policysets.exchange import (
    MAX_BYTES,
    export_policy,
    import_export,
    key_id_of,
    verify_export,
)
from compliance.policysets.exchange_keys import (
    export_key,
    public_key_path,
    read_public_key,
)
from compliance.tenants.selectors import person_of, psp_by_ref


class Command(BaseCommand):
    help = (
        "export REF --psp REF [--out FILE]: write the signed export of a version. "
        "key: print the public key that others need, and its id. "
        "verify FILE --key PUBLIC: check an export. "
        "import FILE --key PUBLIC --psp REF --author EMAIL: check it and store it as a draft. "
        "Exit codes: 0 fine, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["export", "key", "verify", "import"])
        parser.add_argument("what", nargs="?", help="export: a version's reference; else a file")
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--out", help="export: the file to write; standard output without")
        parser.add_argument("--key", action="append", default=[], help="a trusted key (PEM file)")
        parser.add_argument("--author", help="import: e-mail address of the author")

    def handle(self, *_args: Any, **options: Any) -> None:
        needed = {
            "export": ("what", "psp"),
            "key": (),
            "verify": ("what", "key"),
            "import": ("what", "key", "psp", "author"),
        }[options["action"]]
        missing = [name for name in needed if not options[name]]
        if missing:
            raise CommandError(f"{options['action']} needs {', '.join(missing)}", returncode=2)
        try:
            getattr(self, f"_{options['action']}")(options)
        except (ComplianceError, OSError) as error:
            raise CommandError(str(error)) from error

    def _export(self, options: dict[str, Any]) -> None:
        data = export_policy(psp_by_ref(options["psp"]), options["what"], now=timezone.now())
        if options["out"]:
            Path(options["out"]).write_bytes(data)
            self.stdout.write(f"written to {options['out']}")
        else:
            self.stdout.write(data.decode(), ending="")

    def _key(self, _options: dict[str, Any]) -> None:
        identifier = key_id_of(export_key().public_key())
        self.stdout.write(public_key_path().read_text(encoding="ascii"), ending="")
        self.stdout.write(identifier)

    def _verify(self, options: dict[str, Any]) -> None:
        export = verify_export(_content(options["what"]), trusted=_keys(options["key"]))
        self.stdout.write(
            f"{export.name} {export.number}, {export.digest}, exported {export.exported_at}"
            f" and signed by {export.key_id}: holds"
        )

    def _import(self, options: dict[str, Any]) -> None:
        psp = psp_by_ref(options["psp"])
        version = import_export(
            psp=psp,
            data=_content(options["what"]),
            trusted=_keys(options["key"]),
            author=person_of(psp, options["author"]),
            now=timezone.now(),
        )
        self.stdout.write(f"version {version.number} ({version.ref}), {version.digest}: a draft")


def _content(name: str) -> bytes:
    """Return a file's bytes, or standard input's; one more than allowed at most."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _keys(names: list[str]) -> list[Any]:
    """Return the trusted keys."""
    return [read_public_key(Path(name).read_bytes()) for name in names]
