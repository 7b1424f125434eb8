"""Microseconds per decision at 20, 200 and 1,000 rules; run with `python -m tests.performance.bench_engine`.

The sets are what a PSP writes: twenty rules for everybody, then more and more that name an app
version, a model, a customer segment or a band of amounts. Each decision is made on facts of its
own: what two providers said about 25 codes, none to three of them present, and every attribute.
What is timed is the processor time of `policies.engine.decide`, with the ids of every rule that
held and of those that determined the effect, in a process that has decided on as many other
facts before; the first of them are compared with the reference. The sizes and the engines take
turns, round by round.

In the same run ZEN Engine and Cedar (`tests.performance.engine_peers`) answer which of the same
rules hold on the same facts, by the same clock, after their answers were found to be the same.
"""
# SPDX-License-Identifier: Apache-2.0

import gc
import json
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from time import perf_counter_ns, thread_time_ns
from typing import Any

from policies.compiler import Program, compile_policy_set
from policies.design import Hits, design_for, element_hits
from policies.documents import read_designs, read_policy_set
from policies.engine import decide, reference
from policies.model import Environment, Facts, PolicySet, Value
from policies.packs import load_pack
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState
from tests.performance.engine_peers import Peer, cedar_peer, cedar_requests, zen_peer, zen_requests

SIZES = (20, 200, 1000)
DECISIONS = 20_000
ROUNDS = 10
CHECKED = 300
Prepare = Callable[[PolicySet, Hits, Sequence[Facts]], Sequence[Any]]
PEERS: dict[str, tuple[Callable[[PolicySet], Peer], Prepare, int]] = {
    "zen": (zen_peer, zen_requests, DECISIONS),
    "cedarpy": (cedar_peer, cedar_requests, 500),
}
"""Each with how many of its answers are timed: ZEN's as many as this engine's, and on the same facts."""
OWN = "ninefold"
NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)

CODES = tuple(CATALOGUE)
SAID = tuple(code for code in CODES if code.startswith(("app.", "device.", "key.")))[:25]
AMOUNTS = ("30", "50", "100", "150", "250", "500", "1000", "2500", "5000", "10000")
MODELS = tuple(f"model-{number}" for number in range(40))
SEGMENTS = tuple(f"segment-{number}" for number in range(25))
VERSIONS = ((7,), (7, 1, 4), (7, 2), (7, 3, 1), (8,))
ATTRIBUTES = {
    "amount_eur": {"type": "decimal", "min": 0},
    "payee_known": {"type": "boolean"},
    "purpose": {"type": "enum", "values": ["payment", "account_access", "credential_change"]},
    "device_age_days": {"type": "integer", "min": 0},
    "segment": {"type": "string"},
}


def policy_document(count: int, chance: random.Random) -> bytes:
    """Return a policy set of `count` rules."""
    body: dict[str, Any] = {
        "schema": 1,
        "name": "Benchmark",
        "attributes": ATTRIBUTES,
        "rules": [_rule(number, chance) for number in range(count)],
        "otherwise": "permit",
    }
    return json.dumps(body).encode()


def _rule(number: int, chance: random.Random) -> dict[str, Any]:
    """Return one rule: the first twenty are general, the others each about something special."""
    parts = [_subject(number, chance)]
    if number >= 20:
        parts.append(_special(chance))
    parts += [_attribute(chance) for _ in range(chance.choice((0, 1, 1, 2)))]
    effect = chance.choice(("permit", "step_up", "step_up", "hold", "deny"))
    obligations: list[dict[str, Any]] = [{"action": "notify_fraud_desk", "within": "5m"}]
    if effect == "step_up":
        obligations.append({"action": "step_up", "method": "letter-code", "within": "10m"})
    if effect == "hold":
        obligations.append({"action": "review", "queue": "integrity", "within": "4h"})
    return {
        "id": f"rule-{number}",
        "when": {"all": parts},
        "effect": effect,
        "obligations": obligations,
    }


def _subject(number: int, chance: random.Random) -> dict[str, Any]:
    """Return what a rule is about: findings mostly, sometimes an element or the environment."""
    kind = number % 10
    if kind == 7:
        return {"reliable_elements": {"below": 2}}
    if kind == 8:
        return {"environment": {"class": ["none", "obfuscation_only", "unknown"]}}
    if kind == 9:
        return {"finding": chance.choice(SAID), "state": "not_evaluated"}
    codes = chance.sample(SAID if number < 20 else CODES, chance.choice((1, 1, 2, 3)))
    worth = {"assurance": f"at_least {chance.choice('BCD')}"} if chance.random() < 0.3 else {}
    return {"any": [{"finding": code, **worth} for code in codes]}


def _special(chance: random.Random) -> dict[str, Any]:
    """Return what makes a rule one for few."""
    match chance.randrange(4):
        case 0:
            return {"attribute": "device_model", "is": chance.choice(MODELS)}
        case 1:
            return {"attribute": "segment", "is": chance.choice(SEGMENTS)}
        case 2:
            return {"attribute": "app_version", "equals": _text(chance.choice(VERSIONS))}
        case _:
            low, high = sorted(chance.sample(range(len(AMOUNTS)), 2))
            return {
                "all": [
                    {"attribute": "amount_eur", "above": AMOUNTS[low]},
                    {"attribute": "amount_eur", "at_most": AMOUNTS[high]},
                ]
            }


def _attribute(chance: random.Random) -> dict[str, Any]:
    """Return a condition on an attribute."""
    match chance.randrange(5):
        case 0 | 1:
            return {"attribute": "amount_eur", "above": chance.choice(AMOUNTS)}
        case 2:
            return {"attribute": "payee_known", "is": False}
        case 3:
            return {"attribute": "device_age_days", "below": chance.choice((3, 30, 90))}
        case _:
            return {"attribute": "app_version", "below": _text(chance.choice(VERSIONS))}


def _text(version: tuple[int, ...]) -> str:
    """Return a version as it is written."""
    return ".".join(map(str, version))


def make_facts(chance: random.Random) -> Facts:
    """Return what is known about one authentication."""
    present = set(chance.sample(SAID, chance.choices((0, 1, 2, 3), (6, 2, 1, 1))[0]))
    observed_at = NOW - timedelta(seconds=chance.randrange(1, 30))
    return Facts(
        decided_at=NOW,
        findings=tuple(_finding(code, observed_at, is_present=code in present) for code in SAID),
        attributes=_values(chance),
        environment=Environment(
            class_=chance.choices(("tee", "secure_element", "software_keystore"), (88, 9, 3))[0],
            delivery="just_in_time",
            packaging="library",
            uniqueness="transaction",
        ),
        elements=(Element.KNOWLEDGE, Element.POSSESSION),
    )


def _finding(code: str, observed_at: datetime, *, is_present: bool) -> Finding:
    """Return what a provider said about one code."""
    is_reported = code.startswith("app.")
    return Finding(
        code=code,
        state=FindingState.PRESENT if is_present else FindingState.ABSENT,
        assurance=Assurance.D if is_reported else Assurance.A,
        provider="freerasp" if is_reported else "android_key_attestation",
        observed_at=observed_at,
    )


def _values(chance: random.Random) -> dict[str, Value]:
    """Return every attribute of one attempt."""
    return {
        "channel": "mobile-app",
        "method": "app-pin-push",
        "platform": "android",
        "os_version": chance.choice(((14,), (15,), (16,))),
        "app_version": chance.choice(VERSIONS),
        "device_model": chance.choice(MODELS),
        "amount_eur": Decimal(f"{chance.lognormvariate(3.6, 1.1):.2f}"),
        "payee_known": chance.random() < 0.7,
        "purpose": chance.choices(("payment", "account_access"), (8, 2))[0],
        "device_age_days": chance.randrange(1, 900),
        "segment": chance.choice(SEGMENTS),
    }


def processor_us(answer: Callable[[Any], object], requests: Sequence[Any]) -> float:
    """Return the processor time of one answer, in microseconds, on average over `requests`."""
    began = thread_time_ns()
    for each in requests:
        answer(each)
    return (thread_time_ns() - began) / len(requests) / 1000


def agrees(
    policy_set: PolicySet, program: Program, hits: Hits, facts: Sequence[Facts]
) -> tuple[bool, float]:
    """Return whether both engines decide the same, and how many rules hold on average."""
    decisions = [decide(program, hits, each) for each in facts]
    expected = [reference.decide(policy_set, hits, each) for each in facts]
    matched = statistics.mean(len(decision.matched_rules) for decision in decisions)
    return decisions == expected, matched


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """An engine with the requests that it is timed on, a share of them in each round."""

    answer: Callable[[Any], object]
    requests: Sequence[Any]

    def round_us(self, number: int) -> float:
        """Return the microseconds of one answer in a round: over requests that no other round has."""
        share = len(self.requests) // ROUNDS
        return processor_us(self.answer, self.requests[number * share : (number + 1) * share])


def prepare_peers(
    policy_set: PolicySet, program: Program, hits: Hits, facts: Sequence[Facts]
) -> dict[str, Contender]:
    """Return each peer, once it has answered as this engine does.

    Raises:
        ValueError: if it answers otherwise.
    """
    peers = {}
    for name, (make, prepare, count) in PEERS.items():
        peer = make(policy_set)
        requests = prepare(policy_set, hits, facts[:count])
        for request, each in zip(requests[:CHECKED], facts, strict=False):
            if peer.rules_in(peer.ask(request)) != frozenset(
                decide(program, hits, each).matched_rules
            ):
                raise ValueError(f"{name} answers otherwise than this engine")
        peers[name] = Contender(answer=peer.ask, requests=requests)
    return peers


def prepare(size: int, hits: Hits) -> tuple[dict[str, Contender], float]:
    """Return this engine and its peers with a policy set of one size, and the seconds to compile it.

    This engine has decided on as many other facts before.

    Raises:
        ValueError: if the engines do not agree.
    """
    chance = random.Random(size)
    policy_set = read_policy_set(policy_document(size, chance))
    began = perf_counter_ns()
    program = compile_policy_set(policy_set)
    compile_s = (perf_counter_ns() - began) / 1e9
    facts = [make_facts(chance) for _ in range(2 * DECISIONS)]
    is_same, matched = agrees(policy_set, program, hits, facts[:CHECKED])
    if not is_same:
        raise ValueError(f"{size} rules: the compiled engine differs from the reference")
    own = partial(decide, program, hits)
    processor_us(own, facts[:DECISIONS])
    print(f"{size:5} rules: {matched:.1f} hold on average, compiled in {compile_s * 1000:.0f} ms")
    peers = prepare_peers(policy_set, program, hits, facts[DECISIONS:])
    return {OWN: Contender(answer=own, requests=facts[DECISIONS:])} | peers, compile_s


def race(contenders: Mapping[tuple[str, int], Contender]) -> dict[tuple[str, int], float]:
    """Return the microseconds of one answer of each, in its quickest round.

    They take turns, so that whatever else the machine does meets all of them alike, and what it
    does only makes a round slower.
    """
    gc.collect()
    gc.disable()
    rounds = [
        {name: each.round_us(number) for name, each in contenders.items()}
        for number in range(ROUNDS)
    ]
    gc.enable()
    return {name: min(times[name] for times in rounds) for name in contenders}


def main() -> int:
    """Print the figures."""
    designs = read_designs(load_pack("design-demo"))
    hits = element_hits(designs, design_for(designs, "app-pin-push", None))
    contenders: dict[tuple[str, int], Contender] = {}
    compile_s: dict[int, float] = {}
    for size in SIZES:
        try:
            engines, compile_s[size] = prepare(size, hits)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
        contenders |= {(name, size): engine for name, engine in engines.items()}
    us = race(contenders)
    for size in SIZES:
        print(f"figure engine.us.{size} {us[OWN, size]:.2f} us")
    for name in PEERS:
        for size in SIZES:
            ratio = us[OWN, size] / us[name, size]
            print(f"figure engine.us_of_{name}.{size} {us[name, size]:.2f} us")
            print(f"figure engine.ratio_to_{name}.{size} {ratio:.4f} ratio")
    print(f"figure engine.growth {us[OWN, SIZES[-1]] / us[OWN, SIZES[0]]:.2f} ratio")
    print(f"figure engine.compile_s.{SIZES[-1]} {compile_s[SIZES[-1]]:.3f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
