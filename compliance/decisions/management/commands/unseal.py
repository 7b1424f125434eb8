"""The PSP's side of sealed input: opens it with the PSP's private key, on the PSP's own machine."""
# SPDX-License-Identifier: Apache-2.0

import os
import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.core.document_files import read_file
from compliance.core.errors import ComplianceError, NotFoundError
from compliance.decisions.selectors import decision_by_ref, sealed_input_of
from compliance.evidence.sealed_inputs import SEALED_LIMIT
from compliance.evidence.unsealing import PRIVATE_KEY_LIMIT, open_sealed_input, read_private_key
from compliance.tenants.selectors import psp_by_ref

_MAX_PASSPHRASE = 1024


class Command(BaseCommand):
    help = (
        "Open a sealed input (a JWE) with the PSP's private key and write what was sealed, byte for byte, "
        "to standard output or --out. It is read from FILE (- for standard input), for which no database "
        "is needed, or with --psp and --decision from the decision. The private key is only read: never "
        "put it where the service runs. Exit codes: 0 opened, 1 refused, 2 usage."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="the sealed input, or - for standard input")
        parser.add_argument("--key", required=True, help="the private key: PEM (PKCS #8) or JWK")
        secret = parser.add_mutually_exclusive_group()
        secret.add_argument("--passphrase-file", help="its first line opens the private key")
        secret.add_argument("--ask", action="store_true", help="ask for the key's passphrase")
        parser.add_argument("--decision", metavar="REF", help="the decision that it came with")
        parser.add_argument("--psp", help="reference of the PSP, with --decision")
        parser.add_argument("--out", help="write to this file instead, which must not exist yet")

    def handle(self, *_args: object, **options: Any) -> None:
        if bool(options["file"]) == bool(options["decision"]):
            raise CommandError("expected a file or --decision, one of them", returncode=2)
        if options["decision"] and not options["psp"]:
            raise CommandError("--decision needs --psp", returncode=2)
        try:
            sealed = _sealed(options)
            content = read_file(options["key"], limit=PRIVATE_KEY_LIMIT)
            key = read_private_key(content, passphrase=_passphrase(options))
            opened = open_sealed_input(sealed, key)
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        _write(opened, options["out"])


def _sealed(options: dict[str, Any]) -> str:
    """Return the sealed input, from a file or from its decision."""
    if options["file"]:
        content = read_file(options["file"], limit=SEALED_LIMIT + 2)
        return content.decode("ascii", "replace").strip()
    psp = psp_by_ref(options["psp"])
    ref = decision_by_ref(psp, options["decision"]).ref
    sealed = sealed_input_of(psp, ref)
    if sealed is None:
        raise NotFoundError("sealed input of decision", ref)
    return sealed.sealed


def _passphrase(options: dict[str, Any]) -> bytes | None:
    """Return the passphrase of the private key, if one was said to be needed."""
    if options["ask"]:
        return getpass("Passphrase of the private key: ").encode()
    if options["passphrase_file"]:
        content = read_file(options["passphrase_file"], limit=_MAX_PASSPHRASE)
        return content.split(b"\n", 1)[0].rstrip(b"\r")
    return None


def _write(opened: bytes, out: str | None) -> None:
    """Write what was sealed, and nothing else."""
    if out is None:
        sys.stdout.buffer.write(opened)
        sys.stdout.buffer.flush()
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(opened)
    except OSError as error:
        raise CommandError(f"cannot write `{out}`: {error.strerror}", returncode=2) from error
