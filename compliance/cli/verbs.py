"""What a command with verbs is made of: each verb has arguments and a help text of its own."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.management.base import CommandParser

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a verb found: lines for people, a document for machines, and the exit code."""

    lines: Iterable[str]
    document: Mapping[str, Any]
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
