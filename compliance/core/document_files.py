"""Policy documents at the command line: where they are read from, and how their problems are told."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from policies.documents import MAX_BYTES, DocumentError
from policies.packs import load_pack


def read_file(name: str, *, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a file, of standard input, or of a pack; one more than `limit` at most.

    Raises:
        CommandError: if it cannot be read; the usage was wrong (exit code 2).
    """
    if name.startswith("pack:"):
        try:
            return load_pack(name.removeprefix("pack:"))
        except KeyError as error:
            raise CommandError(f"no pack `{name.removeprefix('pack:')}`", returncode=2) from error
    if name == "-":
        return sys.stdin.buffer.read(limit + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"cannot read `{name}`: {error.strerror}", returncode=2) from error


def print_problems(command: BaseCommand, error: DocumentError, *, as_json: bool) -> None:
    """Print each problem with its line and JSON pointer, as the command's output."""
    if as_json:
        rows = [problem._asdict() for problem in error.problems]
        command.stdout.write(json.dumps({"valid": False, "problems": rows}))
        return
    for problem in error.problems:
        place = f"line {problem.line}, " if problem.line else ""
        command.stderr.write(f"{place}{problem.pointer or '/'}: {problem.detail}")
