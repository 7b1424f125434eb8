"""Seconds for all proofs of 200 and 1,000 rules, and for the difference of two versions.

Run with `python -m tests.performance.bench_analysis`. The sets are what a PSP grows: the pack
`balanced` for everybody, then more and more rules that name an app version, a model, a customer
segment or a band of amounts, as in `bench_engine`. The second version drops a rule in fifty,
and narrows as many others. The difference is timed thrice, and the quickest counts.
"""
# SPDX-License-Identifier: Apache-2.0

import json
import random
import sys
from dataclasses import replace
from time import perf_counter
from typing import Final

from policies.analysis import Difference, analyse, compare
from policies.design import Designs
from policies.documents import read_designs, read_policy_set
from policies.model import All, FindingIs, PolicySet, Rule
from policies.packs import load_pack
from tests.performance.bench_engine import policy_document

SIZES: Final = (200, 1000)
CHANGED: Final = 50


def grown(count: int, chance: random.Random) -> PolicySet:
    """Return the pack with as many special rules as make `count`."""
    pack = read_policy_set(load_pack("balanced"))
    body = json.loads(policy_document(count + 20, chance))
    special = read_policy_set(json.dumps(body).encode())
    rules = (*pack.rules, *special.rules[20 + len(pack.rules) :])
    return replace(pack, attributes={**pack.attributes, **special.attributes}, rules=rules)


def next_version(policy_set: PolicySet) -> PolicySet:
    """Return a version with some rules dropped and others narrowed."""
    rules: list[Rule] = []
    for number, rule in enumerate(policy_set.rules):
        if number % CHANGED == CHANGED - 1:
            continue
        if number % CHANGED == CHANGED // 2:
            narrowed = All(parts=(rule.when, FindingIs(code="device.emulator")))
            rules.append(replace(rule, when=narrowed))
        else:
            rules.append(rule)
    return replace(policy_set, rules=tuple(rules))


def _timed(old: PolicySet, new: PolicySet, designs: Designs) -> tuple[Difference, float]:
    """Return the difference of two versions, and the seconds that it took."""
    began = perf_counter()
    difference = compare(old, new, designs, time_limit_s=60)
    return difference, perf_counter() - began


def main() -> int:
    """Print the figures."""
    designs = read_designs(load_pack("design-demo"))
    figures: dict[str, float] = {}
    for size in SIZES:
        policy_set = grown(size, random.Random(size))
        began = perf_counter()
        report = analyse(policy_set, designs, time_limit_s=60)
        figures[f"analysis.s.{size}"] = perf_counter() - began
        told = ", ".join(f"{result.id} {result.status}" for result in report.results)
        print(f"{len(policy_set.rules):5} rules: {told}")
    old = grown(SIZES[-1], random.Random(SIZES[-1]))
    new = next_version(old)
    difference, first = _timed(old, new, designs)
    times = [first, *(_timed(old, new, designs)[1] for _ in range(2))]
    figures[f"analysis.difference_s.{SIZES[-1]}"] = min(times)
    print(f"the second version is {difference.relation}, in {len(difference.regions)} regions")
    for name, value in figures.items():
        print(f"figure {name} {value:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
