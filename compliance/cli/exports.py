"""Policy documents for the commands: of plain files as they are, of signed exports once checked."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management.base import CommandError

from compliance.cli.verbs import Options
from compliance.core.document_files import read_file
from compliance.policysets.exchange import MAX_BYTES, VerifiedExport, is_export, verify_export
from compliance.policysets.exchange_keys import read_public_key

FILE_HELP: Final = "a JSON or YAML file, - for standard input, or pack:NAME for a ready one"


class Source(NamedTuple):
    """A policy set's text, and the export that it came in, if it came in one."""

    text: bytes
    export: VerifiedExport | None


def read_source(options: Options) -> Source:
    """Return what FILE holds; a signed export is recognized by its form, and checked.

    Raises:
        CommandError: if FILE or a key cannot be read, or only one of an export and `--key` is there.
        PolicyExportError: if the export does not hold, or no key given has signed it.
        ExportKeyError: if what is given as a key is none.
    """
    data = read_file(options["file"], limit=MAX_BYTES)
    if not is_export(data):
        if options["key"]:
            raise CommandError("--key goes with a signed export, and FILE is none", returncode=2)
        return Source(data, None)
    if not options["key"]:
        raise CommandError(
            "FILE is a signed export: name the public key to trust with --key", returncode=2
        )
    export = verify_export(data, trusted=[_public_key(name) for name in options["key"]])
    return Source(export.document.encode(), export)


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `read_source` reads."""
    parser.add_argument("file", metavar="FILE", help=f"{FILE_HELP}; or a signed export")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="FILE",
        help="for a signed export: a public key to trust (PEM); may be repeated",
    )


def _public_key(name: str) -> Ed25519PublicKey:
    """Return the key in a file."""
    try:
        pem = Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read `{name}`: {error.strerror}", returncode=2) from error
    return read_public_key(pem)
