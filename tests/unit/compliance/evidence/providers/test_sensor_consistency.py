"""Touches with and without matching motion; what is not enough for an answer; what is refused. All synthetic."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.providers import sensor_consistency
from compliance.evidence.providers.sensor_consistency import statistic
from compliance.evidence.providers.sensor_consistency.payload import (
    MAX_ACCELERATION_UG,
    MAX_SAMPLES,
    MAX_TOUCHES,
    Session,
    read_session,
)
from compliance.evidence.providers.shape import Appraisal, Evidence, EvidenceShapeError, Mode
from policies.vocabulary.findings import Assurance
from tests.support.attestation import AT, appraise_one, states
from tests.support.simulated_sessions import Scene, payload, shifted, simulate

CODE = "device.remote_controlled"


def appraised(session: dict[str, Any], **expected: str) -> Appraisal:
    return appraise_one(Evidence("sensor_consistency", Mode.REPORTED, session, expected, AT))


def problems_of(session: dict[str, Any], **expected: str) -> list[str]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(session, **expected)
    return [problem.pointer.removeprefix("/evidence/0") for problem in caught.value.problems]


def session_of(scene: Scene, *, seed: int = 4, touches: int = 40) -> dict[str, Any]:
    return simulate(scene, np.random.default_rng(seed), touches=touches)


def test_touches_of_a_hand_that_holds_the_phone_are_consistent() -> None:
    appraisal = appraised(session_of(Scene.HELD))

    assert states(appraisal) == {CODE: "absent"}
    assert appraisal.details["verdict"] == "consistent"


def test_touches_that_move_a_held_phone_by_nothing_come_from_elsewhere() -> None:
    appraisal = appraised(session_of(Scene.REMOTE_HELD))

    assert states(appraisal) == {CODE: "present"}
    assert appraisal.details["verdict"] == "not_consistent"
    assert int(appraisal.details["level_permille"]) < 600


def test_it_is_worth_what_client_software_is_worth_and_never_verified() -> None:
    appraisal = appraised(session_of(Scene.REMOTE_HELD))

    assert not appraisal.verified
    assert appraisal.once == ()
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}
    assert sensor_consistency.CODES == (CODE,)


def _without(session: dict[str, Any], keep: Callable[[int], bool]) -> dict[str, Any]:
    series = session["accelerometer"]
    kept = [index for index, time in enumerate(series["t_ms"]) if keep(time)]
    columns = {name: [values[index] for index in kept] for name, values in series.items()}
    return {**session, "accelerometer": columns}


def _thinned(session: dict[str, Any], interval: int) -> dict[str, Any]:
    taken: list[int] = []

    def is_kept(time: int) -> bool:
        if taken and time - taken[-1] < interval:
            return False
        taken.append(time)
        return True

    return _without(session, is_kept)


HELD = session_of(Scene.REMOTE_HELD)
INCONCLUSIVE = {
    "haptic_feedback": {**HELD, "haptic_feedback": True},
    "series_too_short": _without(HELD, lambda time: time < 4_500),
    "sampling_too_low": _thinned(HELD, 30),
    "too_few_touches": {**HELD, "touches_ms": HELD["touches_ms"][:11]},
    "at_rest": session_of(Scene.REMOTE_LYING),
    "too_much_motion": session_of(Scene.REMOTE_WALKING),
}


@pytest.mark.parametrize("reason", INCONCLUSIVE)
def test_what_is_not_enough_for_an_answer_is_not_evaluated_and_says_why(reason: str) -> None:
    appraisal = appraised(INCONCLUSIVE[reason])

    assert states(appraisal) == {CODE: "not_evaluated"}
    assert appraisal.details["reason"] == reason


@pytest.mark.parametrize("count", [0, 1])
def test_a_session_of_nothing_is_not_evaluated(count: int) -> None:
    columns = {name: [5] * count for name in ("t_ms", "x_ug", "y_ug", "z_ug")}
    empty = {"accelerometer": columns, "touches_ms": [], "haptic_feedback": False}

    assert appraised(empty).details["reason"] == "series_too_short"


def test_a_phone_without_any_motion_is_not_evaluated() -> None:
    still = {**HELD["accelerometer"]}
    for axis in ("x_ug", "y_ug", "z_ug"):
        still[axis] = [577_000] * len(still[axis])

    assert appraised({**HELD, "accelerometer": still}).details["reason"] == "at_rest"


def test_samples_missing_for_seconds_are_no_reason_to_suspect_anybody() -> None:
    holes = _without(HELD, lambda time: time % 1_000 > 200)

    assert appraised(holes).details["reason"] == "sampling_too_low"


@pytest.mark.parametrize("offset", [-600, 1_500])
def test_touches_on_another_clock_are_told_from_touches_without_motion(offset: int) -> None:
    appraisal = appraised(shifted(session_of(Scene.HELD, seed=0), offset))

    assert states(appraisal) == {CODE: "not_evaluated"}
    assert appraisal.details["reason"] == "clocks_differ"


def test_touches_outside_of_the_series_do_not_count() -> None:
    appraisal = appraised(shifted(HELD, 200_000))

    assert appraisal.details == {
        "verdict": "not_evaluated",
        "reason": "too_few_touches",
        "touches": 0,
    }


def test_what_neither_side_shows_is_undecided() -> None:
    verdicts = [appraised(session_of(Scene.REMOTE_HELD, seed=n, touches=15)) for n in range(30)]
    undecided = [each for each in verdicts if each.details.get("reason") == "undecided"]

    assert undecided
    assert {states(each)[CODE] for each in undecided} == {"not_evaluated"}


def test_the_same_payload_has_the_same_answer_and_another_one_is_drawn_otherwise() -> None:
    session = read_session(HELD)
    again = [statistic.measure(session, seed="one") for _ in range(3)]
    others = {statistic.measure(session, seed=str(n)).p for n in range(8)}

    assert len(set(again)) == 1
    assert appraised(HELD) == appraised(HELD)
    assert len(others) > 1


def test_an_answer_that_was_given_once_is_the_answer_for_ever() -> None:
    """A fixed series of whole numbers: if this fails, recorded answers can no longer be told again."""
    count = 1_000
    sway = [(index * index * 37 + index * 11) % 16_001 - 8_000 for index in range(count)]
    columns = {
        "t_ms": [20 * index for index in range(count)],
        "x_ug": sway,
        "y_ug": sway[::-1],
        "z_ug": [1_000_000] * count,
    }
    touches = [700 + 450 * index + (index * 97) % 211 for index in range(40)]
    session = {"accelerometer": columns, "touches_ms": touches, "haptic_feedback": False}

    assert appraised(session).details == RECORDED


RECORDED = {
    "verdict": "not_consistent",
    "touches": 40,
    "level_permille": 482,
    "p_permille": 688,
}


def p_plainly(session: Session, seed: str) -> int:
    """The p-value step by step, as docs/sensor-consistency.md tells it, in plain Python."""
    motion = _motion_plainly(session)
    start = session.times_ms[0]
    moments = [(touch - start) // 20 - 1 for touch in session.touches_ms]
    count = len(motion) // 200
    edges = [len(motion) * index // count for index in range(count + 1)]
    sums: list[list[int]] = []
    for first, end in pairwise(edges):
        part = motion[first:end]
        touches = [moment - first for moment in moments if first <= moment < end]
        quiet = sorted(part)[len(part) // 4]
        if touches and 6 * 4_000**2 <= quiet <= 6 * 11_500**2:
            order = sorted(range(len(part)), key=part.__getitem__)
            rank = {index: place * 10_000 // (len(part) - 1) for place, index in enumerate(order)}
            sums.append(
                [sum(rank[(t + shift) % len(part)] for t in touches) for shift in range(len(part))]
            )
    stream = hashlib.shake_256(f"sensor_consistency shifts\n{seed}".encode())
    words = stream.digest(4 * 999 * len(sums))
    drawn = [0] * 999
    for block, shifted_sums in enumerate(sums):
        for draw in range(999):
            place = 4 * (block * 999 + draw)
            shift = int.from_bytes(words[place : place + 4], "little") % len(shifted_sums)
            drawn[draw] += shifted_sums[shift]
    observed = sum(block_sums[0] for block_sums in sums)
    return 1 + sum(value >= observed for value in drawn)


def _motion_plainly(session: Session) -> list[int]:
    times = session.times_ms
    squares = [0] * ((times[-1] - times[0]) // 20)
    for axis in session.axes_ug:
        at = []
        later = 1
        for time in range(times[0], times[-1] + 1, 20):
            while later < len(times) - 1 and times[later] <= time:
                later += 1
            width = times[later] - times[later - 1]
            rise = axis[later] - axis[later - 1]
            at.append(axis[later - 1] + rise * (time - times[later - 1]) // width)
        for index, (one, other) in enumerate(pairwise(at)):
            squares[index] += (other - one) ** 2
    return [sum(squares[index : index + 6]) for index in range(len(squares) - 5)]


@pytest.mark.parametrize("scene", [Scene.HELD, Scene.REMOTE_HELD])
def test_the_p_value_is_that_of_a_second_implementation(scene: Scene) -> None:
    sessions = [read_session(session_of(scene, seed=seed)) for seed in range(5)]

    measured = [statistic.measure(session, seed="s").p for session in sessions]

    assert measured == [p_plainly(session, "s") for session in sessions]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"touches_ms": None}, ["/payload/touches_ms"]),
        ({"touches_ms": [1.0]}, ["/payload/touches_ms/0"]),
        ({"touches_ms": [True]}, ["/payload/touches_ms/0"]),
        ({"touches_ms": [5, 4]}, ["/payload/touches_ms/1"]),
        ({"touches_ms": [-1]}, ["/payload/touches_ms/0"]),
        ({"touches_ms": [2**53]}, ["/payload/touches_ms/0"]),
        ({"touches_ms": [0] * (MAX_TOUCHES + 1)}, ["/payload/touches_ms"]),
        ({"haptic_feedback": 0}, ["/payload/haptic_feedback"]),
        ({"gyroscope": []}, ["/payload/gyroscope"]),
        ({"accelerometer": [1]}, ["/payload/accelerometer"]),
    ],
)
def test_a_malformed_session_is_refused_with_every_place(
    change: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of({**HELD, **change}) == pointers


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"w_ug": []}, ["w_ug"]),
        ({"x_ug": {}}, ["x_ug"]),
        ({"x_ug": [0, 0, 0.5]}, ["x_ug/2"]),
        ({"x_ug": ["0", None, 0]}, ["x_ug/0", "x_ug/1"]),
        ({"y_ug": [0, 0, MAX_ACCELERATION_UG + 1]}, ["y_ug/2"]),
        ({"y_ug": [-MAX_ACCELERATION_UG - 1, 0, 0]}, ["y_ug/0"]),
        ({"z_ug": [0, 0]}, ["z_ug"]),
        ({"t_ms": [0, 10, 10]}, ["t_ms/2"]),
        ({"t_ms": [0, 10, 60_001]}, ["t_ms"]),
        ({"t_ms": [0] * (MAX_SAMPLES + 1)}, ["t_ms"]),
        ({"t_ms": ["a"] * MAX_SAMPLES}, [f"t_ms/{index}" for index in range(8)]),
    ],
)
def test_a_malformed_series_is_refused_with_every_place(
    change: dict[str, Any], pointers: list[str]
) -> None:
    series = {"t_ms": [0, 10, 20], "x_ug": [0] * 3, "y_ug": [0] * 3, "z_ug": [0] * 3} | change
    session = {"accelerometer": series, "touches_ms": [], "haptic_feedback": False}

    assert problems_of(session) == [f"/payload/accelerometer/{pointer}" for pointer in pointers]


def test_a_session_is_bound_to_nothing_so_nothing_can_be_expected_of_it() -> None:
    assert problems_of(HELD, nonce="abc") == ["/expected/nonce"]
    assert problems_of({}) == [
        "/payload/accelerometer",
        "/payload/touches_ms",
        "/payload/haptic_feedback",
    ]


@given(
    gaps=st.lists(st.integers(1, 300), max_size=400),
    values=st.lists(st.integers(-MAX_ACCELERATION_UG, MAX_ACCELERATION_UG), min_size=1),
    touches=st.lists(st.integers(0, 20_000), max_size=MAX_TOUCHES),
)
def test_every_series_has_an_answer(gaps: list[int], values: list[int], touches: list[int]) -> None:
    times = [time for time in np.cumsum([0, *gaps]).tolist() if time <= 60_000]
    columns = [
        [values[(index + axis) % len(values)] for index in range(len(times))] for axis in range(3)
    ]
    session = payload(np.array(times) / 1_000, np.array(columns), np.array(touches) / 1_000)

    assert states(appraised(session)).keys() == {CODE}


def test_the_widest_numbers_do_not_overflow() -> None:
    edge = [MAX_ACCELERATION_UG * (1 if index % 2 else -1) for index in range(1_000)]
    columns = {"t_ms": list(range(0, 20_000, 20)), "x_ug": edge, "y_ug": edge, "z_ug": edge}
    session = {
        "accelerometer": columns,
        "touches_ms": list(range(1_000, 19_000, 500)),
        "haptic_feedback": False,
    }

    assert appraised(session).details["reason"] == "too_much_motion"


def test_a_process_that_meets_no_session_does_not_load_the_library_of_numbers() -> None:
    source = "import sys, compliance.evidence.appraisal as _; sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
