"""`policy export` and `policy key`: signed files, and the key by which others check them."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError
from django.utils import timezone

from compliance.cli.verbs import Options, Outcome, Tell, Verb
from compliance.policysets.exchange import export_policy, key_id_of
from compliance.policysets.exchange_keys import export_key, public_key_path
from compliance.policysets.selectors import version_of_number
from compliance.tenants.selectors import psp_by_ref


def _export(options: Options, _tell: Tell) -> Outcome:
    """Print or write the signed export of a version."""
    psp, now = psp_by_ref(options["psp"]), timezone.now()
    version = version_of_number(psp, options["number"], now=now).version
    data = export_policy(psp, version.ref, now=now)
    if not options["out"]:
        return Outcome(lines=[data.decode().removesuffix("\n")], document=json.loads(data))
    try:
        Path(options["out"]).write_bytes(data)
    except OSError as error:
        raise CommandError(
            f"cannot write `{options['out']}`: {error.strerror}", returncode=2
        ) from error
    return Outcome(
        lines=[f"version {version.number}, {version.digest}: written to {options['out']}"],
        document={"file": options["out"], "number": version.number, "digest": version.digest},
    )


def _key(_options: Options, _tell: Tell) -> Outcome:
    """Print the public key and its id; the pair is made if there is none yet."""
    identifier = key_id_of(export_key().public_key())
    pem = public_key_path().read_text(encoding="ascii")
    return Outcome(
        lines=[*pem.splitlines(), identifier],
        document={"key_id": identifier, "public_key": pem},
    )


def _add_export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", type=int, help="number of the version")
    parser.add_argument("--psp", required=True, metavar="REF", help="reference of the PSP")
    parser.add_argument(
        "-o", "--out", metavar="FILE", help="the file to write; standard output without"
    )


def _add_no_arguments(_parser: argparse.ArgumentParser) -> None:
    pass


VERBS: Final = (
    Verb(
        name="export",
        summary="write a stored version as a signed file",
        description=(
            "Write a stored version as a file that another installation can check and import: the "
            "document with its digest, under the Ed25519 signature of this deployment. `policy key` "
            "prints the public key that the other one needs."
        ),
        codes="0 written; 1 refused",
        add_arguments=_add_export_arguments,
        run=_export,
    ),
    Verb(
        name="key",
        summary="print the public key of this deployment's exports",
        description=(
            "Print the public key (PEM) by which other installations check what this one exports, "
            "and the key's id, for comparison over another channel."
        ),
        codes="0 printed; 1 the key cannot be used",
        add_arguments=_add_no_arguments,
        run=_key,
    ),
)
