"""What is fuzzed: a function of bytes, the errors that are its own, and what an input may cost."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import gc
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzzing.forms import Form

_STATUS: Final = Path("/proc/self/status")
_RESET: Final = Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser. `run` raises one of `errors`, or nothing; anything else is a fault of ours.

    `seeds` are inputs from which mutation starts, `form` is how they are taken apart for it. No input
    is longer than `max_size` bytes: a length over the parser's own limit, where it has one. An input
    may cost `cpu_s` seconds of the processor and `memory_mib` of memory beside what is there already.
    """

    name: str
    run: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = ()
    seeds: Callable[[], Iterable[bytes]]
    form: Form = Form.BYTES
    max_size: int = 4096
    cpu_s: float = 1.0
    memory_mib: int = 64


class BoundExceededError(AssertionError):
    """An input costs more time or memory than any may."""


class UntellableError(AssertionError):
    """An error of ours cannot be told: it names no place, or is no text."""


def examine(target: Target, data: bytes) -> None:
    """Run a target on an input and check that it is answered in the parser's own words, within bounds.

    Raises:
        BoundExceededError, UntellableError: if it is not; beside them whatever the parser lets out.
    """
    before = _reset_peak_mib()
    # What a whole test run left behind is not collected at this input's expense.
    gc.disable()
    # Processor time: colleagues on the same machine change nothing.
    began = time.thread_time()
    try:
        target.run(data)
    except target.errors as error:
        _require_telling(error)
    finally:
        used, grown = time.thread_time() - began, _peak_mib() - before
        gc.enable()
    if used > target.cpu_s:
        raise BoundExceededError(f"{used:.2f} s of at most {target.cpu_s} s")
    if grown > target.memory_mib:
        raise BoundExceededError(f"{grown:.0f} MiB more memory, of at most {target.memory_mib} MiB")


def _reset_peak_mib() -> float:
    """Have the most memory counted from now on, where that can be had (Linux); return it."""
    with contextlib.suppress(OSError):
        _RESET.write_text("5")
    return _peak_mib()


def _peak_mib() -> float:
    """Return the most memory that this process had since it was asked, or ever."""
    try:
        status = _STATUS.read_bytes()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition(b"VmHWM:")[2].split(None, 1)[0]) / 1024


def _require_telling(error: Exception) -> None:
    """Check that an error can be shown: text in Unicode, each problem with its place as a pointer."""
    problems = getattr(error, "problems", None)
    if problems is not None and not problems:
        raise UntellableError(f"{type(error).__name__} without a problem") from error
    told = [str(error), *(text for each in problems or () for text in (each.pointer, each.detail))]
    try:
        "".join(told).encode()
    except UnicodeEncodeError as half:
        raise UntellableError(f"{type(error).__name__} is no text: {told!r}") from half
    if not all(each.pointer == "" or each.pointer.startswith("/") for each in problems or ()):
        raise UntellableError(f"no pointer in {told!r}") from error
    if not str(error):
        raise UntellableError(f"{type(error).__name__} says nothing: {told!r}") from error
