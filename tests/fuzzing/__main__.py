"""Fuzzes the parsers with atheris (`run`), runs again what was found (`replay`), names the targets (`list`).

What `run` finds is kept in FOLDER/findings/TARGET/, and what reaches something new in FOLDER/corpus/TARGET/.
Exit codes: 0 nothing found, 1 something found, 2 wrong use, or atheris cannot run here.
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import os
import platform
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance.settings.test")

FOLDER: Final = Path("var/fuzzing")
_LAST: Final = 2000


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="fuzz targets, one after the other")
    run.add_argument("targets", nargs="*", help="their names; none: all of them")
    run.add_argument("--seconds", type=int, default=0, help="how long each is fuzzed")
    run.add_argument("--runs", type=int, default=0, help="with how many inputs each is fuzzed")
    run.add_argument("--folder", type=Path, default=FOLDER)
    replay = actions.add_parser("replay", help="run inputs again, each by its target's name")
    replay.add_argument("files", nargs="+", type=Path, metavar="FILE", help="…/TARGET/NAME")
    actions.add_parser("list", help="print the targets' names")
    options = parser.parse_args(arguments)
    if options.action == "run":
        return _run(options.targets, options.runs, options.seconds, options.folder)
    if options.action == "replay":
        return _replay(options.files)
    return _list()


def _run(names: Sequence[str], limit: int, seconds: int, folder: Path) -> int:
    """Fuzz targets and say of each how that ended."""
    try:
        # Before anything of the product is imported: only what comes after is instrumented.
        from tests.fuzzing import runs
    except ModuleNotFoundError as error:
        if error.name != "atheris":
            raise
        _say(
            f"atheris is not installed: it has no wheel for {sys.platform} on {platform.machine()} "
            f"with Python {platform.python_version()}; it has some for Linux on x86_64 with Python "
            "3.11 to 3.13. Beside it, Hypothesis runs the same targets: tests/properties/test_fuzzing.py"
        )
        return 2
    unknown = sorted(set(names) - runs.TARGETS.keys())
    if unknown:
        _say(f"unknown target {', '.join(unknown)}; expected some of {', '.join(runs.TARGETS)}")
        return 2
    found = 0
    for name in names or runs.TARGETS:
        findings = folder / "findings" / name
        ended = runs.fuzz(
            runs.TARGETS[name],
            corpus=folder / "corpus" / name,
            findings=findings,
            limits=runs.Limits(limit, seconds),
        )
        found += ended.has_found
        _say(f"{name}: {'FOUND SOMETHING' if ended.has_found else 'nothing found'}")
        if ended.has_found:
            _say(f"{ended.said[-_LAST:]}\nagain: python -m tests.fuzzing replay {findings}/*-*")
    return 1 if found else 0


def _replay(files: Sequence[Path]) -> int:
    """Run inputs again and show what each breaks."""
    import django

    django.setup()
    from tests.fuzzing.registry import TARGETS
    from tests.fuzzing.target import examine

    failed = 0
    for path in files:
        target = TARGETS.get(path.resolve().parent.name)
        if target is None:
            _say(f"{path}: its folder is not the name of a target")
            return 2
        try:
            examine(target, path.read_bytes())
        except Exception:  # noqa: BLE001 - this is what replaying is for
            failed += 1
            _say(f"{path}: {traceback.format_exc()}")
        else:
            _say(f"{path}: holds")
    return 1 if failed else 0


def _list() -> int:
    """Print the names of the targets."""
    import django

    django.setup()
    from tests.fuzzing.registry import TARGETS

    _say("\n".join(TARGETS))
    return 0


def _say(text: str) -> None:
    """Print at once: a run takes hours."""
    print(text, flush=True)  # noqa: T201 - a command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
