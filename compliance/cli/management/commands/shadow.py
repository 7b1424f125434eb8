"""Shadows: let a version run beside the one in force, look at it, and stop it."""
# SPDX-License-Identifier: Apache-2.0

from compliance.cli import shadow_verbs
from compliance.cli.verbs import VerbCommand


class Command(VerbCommand):
    help = (
        "A version beside the one in force: recorded apart, never answered, in no figure. "
        "`shadow VERB --help` says what a verb takes and its exit codes."
    )
    verbs = shadow_verbs.VERBS
