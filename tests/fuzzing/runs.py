"""Runs of libFuzzer over targets, each in a process of its own, and what they find.

Nothing of the product may be imported before this module: it has what it imports instrumented.
"""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import io
import logging
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import atheris
import django

with (
    contextlib.redirect_stderr(io.StringIO()),
    atheris.instrument_imports(include=["compliance", "policies", "pyhanko.pdf_utils", "yaml"]),
):
    django.setup()
    import compliance.reports.sealing.validation  # noqa: F401 - the product itself loads it late
    from tests.fuzzing.forms import Form, NotOfFormError, mutated, words_of
    from tests.fuzzing.registry import TARGETS
    from tests.fuzzing.target import Target, examine
    from tests.fuzzing.vectors import vectors

__all__ = ["TARGETS", "Limits", "fuzz"]

_RSS_MIB: Final = 2048
_HANG_S: Final = 30
_LONGEST_WORD: Final = 60
_MOST_WORDS: Final = 400
_OWN: Final = 0.75
"""How many mutations are ours; the others are libFuzzer's."""


class Limits(NamedTuple):
    """When a run ends: after so many inputs, or so many seconds; 0 is no limit."""

    runs: int = 0
    seconds: int = 0


class Ended(NamedTuple):
    """How a run ended: whether something was found, and what libFuzzer printed last."""

    has_found: bool
    said: str


def fuzz(target: Target, *, corpus: Path, findings: Path, limits: Limits) -> Ended:
    """Fuzz one target in a child process.

    Inputs that reach something new are kept in `corpus`, those that break something in `findings`.
    """
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = [*target.seeds(), *vectors(target)]
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = [word for seed in seeds for word in words_of(seed, target.form)][:_MOST_WORDS]
    dictionary = findings / "words.dict"
    entries = sorted({_entry(word) for word in words})
    # libFuzzer takes no dictionary without an entry.
    dictionary.write_text("".join(entries) or _entry(b"\x00"))
    log = findings / "log.txt"
    child = os.fork()
    if child == 0:
        _fuzz_here(target, words, _arguments(target, corpus, findings, dictionary, limits), log)
    _, status = os.waitpid(child, 0)
    dictionary.unlink()
    said = log.read_text(errors="replace")
    if status == 0:
        log.unlink()
    return Ended(status != 0, said)


def _fuzz_here(target: Target, words: list[Any], arguments: list[str], log: Path) -> NoReturn:
    """Become libFuzzer; it ends the process itself."""
    logging.disable(logging.CRITICAL)
    # Ctrl-C ends libFuzzer by its own handler; nobody waits for a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(descriptor, stream.fileno())

    def one(data: bytes) -> None:
        examine(target, data)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        if chance.random() < _OWN:
            with contextlib.suppress(NotOfFormError):
                changed = mutated(data, target.form, words, chance)
                if len(changed) <= longest:
                    return changed
        again: bytes = atheris.Mutate(data, longest)
        return again

    if target.form is Form.BYTES:
        atheris.Setup(arguments, one)
    else:
        atheris.Setup(arguments, one, custom_mutator=mutate)
    atheris.Fuzz()
    os._exit(1)


def _arguments(
    target: Target, corpus: Path, findings: Path, dictionary: Path, limits: Limits
) -> list[str]:
    """Return what libFuzzer is told. Its random numbers always begin with the same seed."""
    ends = [f"-runs={limits.runs}"] if limits.runs else []
    ends += [f"-max_total_time={limits.seconds}"] if limits.seconds else []
    return [
        "fuzz",
        *ends,
        "-seed=1",
        f"-max_len={target.max_size}",
        f"-timeout={_HANG_S}",
        f"-rss_limit_mb={_RSS_MIB}",
        f"-dict={dictionary}",
        f"-artifact_prefix={findings}/",
        "-verbosity=1",
        str(corpus),
    ]


def _entry(word: Any) -> str:
    """Return a line of libFuzzer's dictionary; empty where a word is none, or long."""
    data = word.encode("utf-8", "surrogatepass") if isinstance(word, str) else word
    if not isinstance(data, bytes) or not 0 < len(data) <= _LONGEST_WORD:
        return ""
    return '"' + "".join(f"\\x{octet:02x}" for octet in data) + '"\n'
