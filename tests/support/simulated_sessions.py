"""Simulated phones: accelerations while somebody, or nobody, touches them. Synthetic; nobody was measured.

What is assumed of sensors, hands, taps and steps stands here, with its ranges; docs/sensor-consistency.md
says what follows from it and what does not.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MG = 1_000.0
"""A thousandth of standard gravity, in millionths."""


class Scene(StrEnum):
    """Who touches the phone, and where it is."""

    HELD = "held"
    WALKING = "walking"
    HELD_UNMOVED = "held_unmoved"
    LYING = "lying"
    REMOTE_HELD = "remote_held"
    REMOTE_WALKING = "remote_walking"
    REMOTE_LYING = "remote_lying"


INDUCED = frozenset({Scene.HELD, Scene.WALKING, Scene.LYING})
IN_HAND = frozenset({Scene.HELD, Scene.HELD_UNMOVED, Scene.REMOTE_HELD})
ON_FOOT = frozenset({Scene.WALKING, Scene.REMOTE_WALKING})


def simulate(scene: Scene, chance: Generator, *, touches: int | None = None) -> dict[str, Any]:
    """A session of 15 to 30 seconds, 15 to 60 touches, sampled at 50 or 100 Hz with jitter."""
    seconds = chance.uniform(15, 30)
    times = _sample_times(seconds, chance)
    count = chance.integers(15, 61) if touches is None else touches
    touched = _touch_times(seconds, int(count), chance)
    noise = chance.uniform(0.5, 1.5) * MG
    motion = chance.normal(0, noise, (3, len(times)))
    if scene in IN_HAND | ON_FOOT:
        motion += _tremor(times, chance) + _drift(times, chance)
    if scene in ON_FOOT:
        motion += _steps(times, chance)
    if scene in INDUCED:
        softer = 0.3 if scene is Scene.LYING else 1.0
        motion += softer * _taps(times, touched, chance)
    gravity = chance.normal(0, 1, 3)
    motion += (gravity / np.linalg.norm(gravity))[:, None] * 1_000 * MG
    resolution = chance.choice([61.0, 244.0, 977.0])
    columns = np.round(np.round(motion / resolution) * resolution).astype(int)
    return payload(times, columns, touched)


def payload(times: Floats, columns: NDArray[np.int64], touched: Floats) -> dict[str, Any]:
    """The form in which a back-end sends it; times in seconds become milliseconds of some clock."""
    start = 1_000
    milliseconds = start + np.round(times * 1_000).astype(int)
    kept = np.concatenate([[True], np.diff(milliseconds) > 0])
    series = {"t_ms": milliseconds[kept].tolist()}
    series |= {
        name: column[kept].tolist()
        for name, column in zip(("x_ug", "y_ug", "z_ug"), columns, strict=True)
    }
    return {
        "accelerometer": series,
        "touches_ms": (start + np.round(np.sort(touched) * 1_000).astype(int)).tolist(),
        "haptic_feedback": False,
    }


def shifted(session: Mapping[str, Any], milliseconds: int) -> dict[str, Any]:
    """The same session with the touches on another clock."""
    moved = [touch + milliseconds for touch in session["touches_ms"]]
    return {**session, "touches_ms": [touch for touch in moved if touch >= 0]}


def _sample_times(seconds: float, chance: Generator) -> Floats:
    interval = chance.choice([0.01, 0.02])
    times = np.arange(0, seconds, interval)
    return np.sort(times + chance.normal(0, interval / 20, len(times)) + 0.01)


def _touch_times(seconds: float, count: int, chance: Generator) -> Floats:
    """Bursts of typing (2 to 5 touches per second) with pauses between them."""
    gaps = chance.gamma(6, chance.uniform(0.2, 0.5) / 6, count)
    pauses = chance.random(count) < 0.12
    gaps[pauses] += chance.exponential(1.5, int(pauses.sum()))
    times = np.cumsum(gaps)
    squeezed: Floats = times * min(1.0, (seconds - 1) / times[-1]) + 0.3
    return squeezed


def _tremor(times: Floats, chance: Generator) -> Floats:
    """Physiological tremor: 7 to 12 Hz, 3 to 9 mg (rms over three axes), of varying strength."""
    strength = chance.uniform(3, 9) * MG
    tones = [
        np.sin(2 * np.pi * chance.uniform(7, 12) * times + chance.uniform(0, 2 * np.pi))
        * chance.normal(0, 1, 3)[:, None]
        for _ in range(8)
    ]
    mixed = np.sum(tones, axis=0)
    swell = 1 + 0.4 * np.sin(2 * np.pi * chance.uniform(0.1, 0.6) * times + chance.uniform(0, 6))
    mixed *= swell
    scaled: Floats = mixed * (strength / np.sqrt(np.mean(np.sum(mixed**2, axis=0))))
    return scaled


def _drift(times: Floats, chance: Generator) -> Floats:
    """The arm: 0.2 to 2 Hz, tens of milli-g, and a turn of the phone now and then."""
    tones = [
        np.sin(2 * np.pi * chance.uniform(0.2, 2) * times + chance.uniform(0, 2 * np.pi))
        * chance.normal(0, 8 * MG, 3)[:, None]
        for _ in range(4)
    ]
    turns = np.zeros((3, len(times)))
    for _ in range(chance.poisson(times[-1] / 10)):
        middle, width = chance.uniform(0, times[-1]), chance.uniform(0.1, 0.3)
        turn = 1 / (1 + np.exp(-(times - middle) / width))
        turns += turn * chance.normal(0, 60 * MG, 3)[:, None]
    moved: Floats = np.sum(tones, axis=0) + turns
    return moved


def _steps(times: Floats, chance: Generator) -> Floats:
    """Walking: 1.6 to 2.2 steps per second, 60 to 200 mg with harmonics, and the heel's blow."""
    pace, strength = chance.uniform(1.6, 2.2), chance.uniform(60, 200) * MG
    walked = np.zeros((3, len(times)))
    for harmonic in range(1, 5):
        tone = np.sin(2 * np.pi * pace * harmonic * times + chance.uniform(0, 2 * np.pi))
        walked += tone * (strength / harmonic**1.5 * chance.normal(0, 0.6, 3))[:, None]
    heels = np.arange(chance.uniform(0, 0.5), times[-1], 1 / pace)
    heels += chance.normal(0, 0.015, len(heels))
    return walked + _blows(times, heels, strength * chance.uniform(0.2, 0.6), chance)


def _taps(times: Floats, touched: Floats, chance: Generator) -> Floats:
    """Each touch: 12 to 80 mg for most hands, some of it before the event's time, some after."""
    strength = np.exp(chance.normal(np.log(35), 0.5)) * MG
    delay = chance.uniform(-0.03, 0.03)
    moved = touched + delay + chance.normal(0, 0.01, len(touched))
    return _blows(times, moved, strength, chance)


def _blows(times: Floats, moments: Floats, strength: float, chance: Generator) -> Floats:
    """Damped swings of 6 to 16 Hz that fade within 30 to 80 ms, each of its own strength."""
    result = np.zeros((3, len(times)))
    frequency, fade = chance.uniform(6, 16), chance.uniform(0.03, 0.08)
    axis = chance.normal(0, 1, 3)
    axis /= np.linalg.norm(axis)
    for moment in moments:
        since = times - moment
        near = (since >= 0) & (since < 6 * fade)
        swing = np.exp(-since[near] / fade) * np.sin(2 * np.pi * frequency * since[near])
        peak = strength * np.exp(chance.normal(0, 0.4))
        result[:, near] += peak * (axis + chance.normal(0, 0.2, 3))[:, None] * swing
    return result
