"""What a command with verbs is made of: each verb has arguments and a help text of its own."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.core.document_files import print_problems
from compliance.core.errors import ComplianceError
from policies.documents import DocumentError

Options = Mapping[str, Any]
Tell = Callable[[str], None]
"""Writes a line to standard error, at once: for what takes its time."""

_COMMON: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("--settings", {}),
    ("--pythonpath", {}),
    ("--verbosity", {"type": int}),
    ("--traceback", {"action": "store_true"}),
    ("--no-color", {"action": "store_true"}),
    ("--force-color", {"action": "store_true"}),
)


def days_up_to(longest: int) -> Callable[[str], int]:
    """Return a reader (`type=`) of a number of days from 1 to `longest`."""

    def read(text: str) -> int:
        is_short = text.isascii() and text.isdigit() and len(text) <= len(str(longest))
        days = int(text) if is_short else 0
        if not 1 <= days <= longest:
            raise argparse.ArgumentTypeError(f"expected 1 to {longest} days")
        return days

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a verb found: lines for people, a document for machines, and the exit code."""

    lines: Iterable[str]
    document: Mapping[str, Any] | list[Any]
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that a command does.

    `run` raises `DocumentError` or `ComplianceError` where it is refused (exit code 1), and
    `CommandError` with return code 2 where it was used wrongly.
    """

    name: str
    summary: str
    """One line in the list of verbs."""

    description: str
    codes: str
    """What the exit codes say."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Options, Tell], Outcome]


class VerbCommand(BaseCommand):
    """A command that is nothing but its verbs: each says what it found, or is refused."""

    verbs: ClassVar[tuple[Verb, ...]] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Give each verb its arguments."""
        add_verbs(parser, self.verbs)

    def handle(self, *_args: object, **options: Any) -> None:
        """Run the verb and print what it found."""
        (verb,) = (each for each in self.verbs if each.name == options["verb"])
        try:
            outcome = verb.run(options, self.stderr.write)
        except DocumentError as error:
            print_problems(self, error, as_json=options["json"])
            sys.exit(1)
        except ComplianceError as error:
            if not options["json"]:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps({"error": error.code, "detail": str(error)}))
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.document))
        else:
            for line in outcome.lines:
                self.stdout.write(line)
        if outcome.code:
            sys.exit(outcome.code)


def add_verbs(parser: CommandParser, verbs: Iterable[Verb]) -> None:
    """Give the command's parser one parser for each verb; the name comes as `verb`."""
    parsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verbs")
    for verb in verbs:
        of_verb = parsers.add_parser(
            verb.name,
            help=verb.summary,
            description=verb.description,
            epilog=f"Exit codes: {verb.codes}; 2 wrong usage.",
        )
        verb.add_arguments(of_verb)
        of_verb.add_argument("--json", action="store_true", help="print for machines")
        for name, how in _COMMON:
            # Django's own options may stand behind the verb as well; its help lists them once.
            of_verb.add_argument(name, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **how)
