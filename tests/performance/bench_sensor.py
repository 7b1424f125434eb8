"""How often the sensors' test is wrong and how often it is right; run with `python -m tests.performance.bench_sensor`.

The phones are simulated (tests/support/simulated_sessions.py): the figures say what the test does where
its assumptions hold, not what people do. Intervals are Wilson's, 95 %.
"""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from math import sqrt
from time import process_time

import numpy as np

from compliance.evidence.appraisal import appraise
from compliance.evidence.providers.sensor_consistency.payload import MAX_SAMPLES, MAX_TOUCHES
from compliance.evidence.providers.shape import Evidence, Mode, TrustMaterial
from tests.support.attestation import AT
from tests.support.simulated_sessions import Scene, payload, simulate

SERIES = 2_000
SEED = 20_261_124
LARGEST_ROUNDS = 400
FIGURES = {
    "sensor.false_alarm": (Scene.HELD, "not_consistent"),
    "sensor.false_alarm.walking": (Scene.WALKING, "not_consistent"),
    "sensor.false_alarm.lying": (Scene.LYING, "not_consistent"),
    "sensor.false_alarm.unmoved": (Scene.HELD_UNMOVED, "not_consistent"),
    "sensor.cleared": (Scene.HELD, "consistent"),
    "sensor.power": (Scene.REMOTE_HELD, "not_consistent"),
    "sensor.power.walking": (Scene.REMOTE_WALKING, "not_consistent"),
    "sensor.power.lying": (Scene.REMOTE_LYING, "not_consistent"),
    "sensor.missed": (Scene.REMOTE_HELD, "consistent"),
}


def verdicts(scene: Scene) -> Counter[str]:
    """Return how many of the simulated sessions had which verdict, or why they had none."""
    chance = np.random.default_rng([SEED, list(Scene).index(scene)])
    found: Counter[str] = Counter()
    for _ in range(SERIES):
        details = _details(simulate(scene, chance))
        found[str(details.get("reason", details["verdict"]))] += 1
    return found


def _details(session: dict[str, object]) -> dict[str, str | int | bool]:
    item = Evidence("sensor_consistency", Mode.REPORTED, session, {}, AT)
    (appraisal,) = appraise([item], trust=TrustMaterial(), at=AT)
    return dict(appraisal.details)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    z = 1.959964
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def largest_ms() -> tuple[float, float]:
    """Return median and 99th percentile of an appraisal of the largest payload, in ms of CPU time."""
    chance = np.random.default_rng(SEED)
    times = np.arange(MAX_SAMPLES, dtype=np.float64) * 0.01999
    columns = np.round(chance.normal(0, 4_000, (3, MAX_SAMPLES))).astype(int) + 577_000
    session = payload(times, columns, chance.uniform(0.5, 59, MAX_TOUCHES))
    if "p_permille" not in _details(session):
        raise SystemExit("the largest payload was not tested to the end")
    item = Evidence("sensor_consistency", Mode.REPORTED, session, {}, AT)
    taken = []
    for _ in range(LARGEST_ROUNDS):
        start = process_time()
        appraise([item], trust=TrustMaterial(), at=AT)
        taken.append((process_time() - start) * 1_000)
    return float(np.median(taken)), float(np.percentile(taken, 99))


def main() -> None:
    """Print the figures."""
    found = {scene: verdicts(scene) for scene in Scene}
    for scene, counts in found.items():
        told = ", ".join(f"{name} {count}" for name, count in counts.most_common())
        print(f"{scene.value}, of {SERIES}: {told}")
    for name, (scene, verdict) in FIGURES.items():
        hits = found[scene][verdict]
        low, high = wilson(hits, SERIES)
        print(f"figure {name} {hits / SERIES:.4f} share (95 %: {low:.4f} to {high:.4f})")
    median, slow = largest_ms()
    print(f"figure sensor.largest_ms {median:.2f} ms")
    print(f"figure sensor.largest_p99_ms {slow:.2f} ms")


if __name__ == "__main__":
    main()
