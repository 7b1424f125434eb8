"""Whatever comes in, parsers answer in their own words and within bounds: seeds, extremes, mutations, atheris."""
# SPDX-License-Identifier: Apache-2.0

import importlib.util
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import registry
from tests.fuzzing.__main__ import main
from tests.fuzzing.forms import Form, NotOfFormError, damaged, mutated, words_of
from tests.fuzzing.hostile import hostile
from tests.fuzzing.registry import TARGETS
from tests.fuzzing.target import BoundExceededError, Target, UntellableError, examine
from tests.fuzzing.vectors import VECTORS, vectors

ROOT = Path(__file__).resolve().parents[2]
SHORT = "100"
"""Inputs of each target with which atheris runs here; `make fuzz` runs for as long as it is told to."""

each_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
few = settings(max_examples=max(20, settings().max_examples // 8))
"""There are many targets, and each is drawn for by itself."""


@cache
def seeds_of(name: str) -> tuple[bytes, ...]:
    return tuple(TARGETS[name].seeds())


@cache
def words_in(name: str) -> list[Any]:
    return [word for seed in seeds_of(name) for word in words_of(seed, TARGETS[name].form)]


@each_target
def test_seeds_are_sound_or_nothing_behind_the_first_check_would_be_reached(target: Target) -> None:
    assert seeds_of(target.name)
    for seed in seeds_of(target.name):
        assert len(seed) <= target.max_size
        target.run(seed)


@each_target
def test_extremes_are_answered_within_bounds(target: Target) -> None:
    for data in hostile(target):
        examine(target, data)


@each_target
@few
@given(number=st.integers(0, 2**64 - 1))
def test_changed_seeds_are_answered_within_bounds(target: Target, number: int) -> None:
    chance = random.Random(number)  # noqa: S311 - not for secrets
    seed = chance.choice(seeds_of(target.name))
    try:
        data = mutated(seed, target.form, words_in(target.name), chance)
    except NotOfFormError:
        data = damaged(seed, chance)

    examine(target, data[: target.max_size])


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no sample evidence in {VECTORS}")
@pytest.mark.parametrize("target", [each for each in TARGETS.values() if any(vectors(each))])
def test_published_samples_are_answered_within_bounds(target: Target) -> None:
    for data in vectors(target):
        examine(target, data)


def target_of(run: Any, **more: Any) -> Target:
    return Target(name="a target", run=run, seeds=lambda: [b"seed"], **more)


def test_what_is_none_of_the_parser_s_errors_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        examine(target_of(lambda data: 1 // (len(data) - 4), errors=(ValueError,)), b"seed")


def test_an_input_that_takes_too_long_is_found() -> None:
    def slow(_data: bytes) -> None:
        sum(range(3_000_000))

    with pytest.raises(BoundExceededError, match="s of at most"):
        examine(target_of(slow, cpu_s=0.001), b"")


def test_an_input_that_takes_too_much_memory_is_found() -> None:
    """In a process of its own: the peak of this one may be high already."""
    code = (
        "from tests.fuzzing.target import *\n"
        "target = Target(name='x', run=lambda data: bytearray(data) * 2**27, seeds=list)\n"
        "try: examine(target, b'x')\n"
        "except BoundExceededError as error: print(error)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    assert b"MiB more memory" in ended.stdout


@pytest.mark.parametrize("text", ["\ud800", ""])
def test_an_error_that_cannot_be_told_is_found(text: str) -> None:
    def refuse(_data: bytes) -> None:
        raise ValueError(text)

    with pytest.raises(UntellableError):
        examine(target_of(refuse, errors=(ValueError,)), b"")


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (Form.JSON, b'{"a": [1, "b", null]}'),
        (Form.CBOR, bytes.fromhex("a1616183016162f6")),
        (Form.DER, bytes.fromhex("300ca00302010a04050102030405")),
    ],
)
def test_a_changed_input_is_still_of_its_form(form: Form, data: bytes) -> None:
    chance = random.Random(1)  # noqa: S311 - not for secrets
    changed = {mutated(data, form, [], chance) for _ in range(50)} - {data}

    read = [each for each in changed if words_of(each, form)]

    assert len(read) > 20
    assert len(read) > len(changed) * 0.8


needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this machine"
)
RUN = """
import sys
from pathlib import Path
import atheris
from tests.fuzzing import __main__ as command, runs

folder = Path(sys.argv[1])

def refuse_three(data):
    if data[:1] == b"F" and data[1:2] == b"U" and data[2:3] == b"Z":
        raise ZeroDivisionError

planted = runs.Target(
    name="planted", run=atheris.instrument_func(refuse_three), seeds=lambda: [b"seed"]
)
ended = runs.fuzz(
    planted, corpus=folder / "c", findings=folder / "planted", limits=runs.Limits(runs=200_000)
)
print(ended.has_found, "ZeroDivisionError" in ended.said, flush=True)
sys.exit(command.main(["run", "--runs", sys.argv[2], "--folder", str(folder)]))
"""


@pytest.fixture(scope="module")
def run_of_atheris(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("fuzzing")
    command = [sys.executable, "-c", RUN, str(folder), SHORT]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    return ended, folder


@needs_atheris
def test_a_short_run_of_atheris_finds_nothing(
    run_of_atheris: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    ended, _ = run_of_atheris

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[1:] == [f"{name}: nothing found" for name in TARGETS]


@needs_atheris
def test_atheris_finds_a_planted_fault_and_keeps_the_input(
    run_of_atheris: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    ended, folder = run_of_atheris
    (kept,) = (folder / "planted").glob("crash-*")

    assert ended.stdout.splitlines()[0] == "True True"
    assert kept.read_bytes()[:3] == b"FUZ"


def test_what_was_found_is_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = target_of(lambda data: 1 // len(data))
    monkeypatch.setattr(registry, "TARGETS", {"planted": planted})
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "good").write_bytes(b"x")
    (folder / "bad").write_bytes(b"")

    assert main(["replay", str(folder / "good")]) == 0
    assert main(["replay", str(folder / "good"), str(folder / "bad")]) == 1
    assert main(["replay", str(tmp_path / "elsewhere")]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_where_atheris_is_not_installed_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    monkeypatch.delitem(sys.modules, "tests.fuzzing.runs", raising=False)

    assert main(["run"]) == 2
    assert "atheris is not installed" in capsys.readouterr().out
