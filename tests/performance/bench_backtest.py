"""Decisions a second of a back-test over 100,000 recorded ones; run with `python -m tests.performance.bench_backtest`.

The decisions are recorded in a scratch SQLite database as the decision point records them: the
balanced pack, an authentication design, 29 findings of a phone's run-time protection and its key
attestation, amounts to the cent, many models and versions; one phone in eight has something. The
candidate is the same pack with one more rule. What is timed is the whole service, from the request's
row to the finished result: reading, decoding, deciding, comparing and writing, in one process.
`backtest.per_s` is by processor time, which is what one core does whatever else the machine has to
do; `backtest.per_wall_s` is by the clock. A second run is stopped in the middle and continued, and must give the same result.
"""
# SPDX-License-Identifier: Apache-2.0

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

COUNT = 100_000
AT_LEAST_PER_S = 20_000
START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 11, 20, tzinfo=UTC)
VERSIONS = ((7, 3, 1), (7, 3, 1), (7, 3), (7, 2, 4), (7, 1))
RULE = b"""rules:
  - id: everybody-above-500
    when: {attribute: amount_eur, above: 500}
    effect: step_up
    obligations: [{action: step_up, method: letter-code, within: 10m}]
"""


def main() -> int:
    """Record, compare, print the figures; 1 if it is too slow or not the same when continued."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "compliance.settings.test"
    with tempfile.TemporaryDirectory(prefix="ninefold-bench-") as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        return _run()


def _run() -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    psp, version_ref, refused = _prepared()
    _record(psp)
    whole = _asked(psp, version_ref)
    wall, processor = _timed(whole)
    stopped = _asked(psp, version_ref)
    _stopped_and_continued(stopped)
    is_same = _result(whole) == _result(stopped)
    per_s = COUNT / processor
    print(f"figure backtest.per_s {per_s:.0f} 1/s")
    print(f"figure backtest.per_wall_s {COUNT / wall:.0f} 1/s")
    print(f"changed {_changed(whole)} of {COUNT}; stopped and continued: same {is_same}; {refused}")
    return 0 if is_same and per_s >= AT_LEAST_PER_S else 1


def _prepared() -> tuple[Any, str, str]:
    """Return a PSP with policy set and design in force, the candidate's reference, and a word."""
    from compliance.policysets.services import create_version
    from policies.packs import load_pack
    from tests.support import factories

    psp = factories.make_psp(now=START)
    factories.put_policy_in_force(psp, now=START)
    factories.put_design_in_force(psp, now=START)
    source = load_pack("balanced").replace(b"rules:\n", RULE, 1)
    author = factories.make_person(psp)
    version = create_version(psp=psp, source=source, author=author, now=START)
    return psp, version.ref, "SQLite, one process"


def _record(psp: Any) -> None:
    """Record the decisions, as the writer does."""
    from compliance.decisions.stores import default_store

    store = default_store()
    batch = []
    for new in _decisions(psp):
        batch.append(new)
        if len(batch) == 1_000:
            store.write(batch)
            batch = []
    store.write(batch)


def _decisions(psp: Any) -> Iterator[Any]:
    from compliance.decisions.contexts import load_context
    from compliance.decisions.deciding import Decided
    from compliance.decisions.records import record_of
    from compliance.decisions.wire import read_request
    from policies.design import design_for
    from policies.engine import decide

    chance = random.Random(9)
    context = load_context(psp, now=START)
    policy = context.policy_at(START)
    request = read_request(_body())
    in_force = context.design_at(START)
    design = design_for(in_force.designs, "app-pin-push", (7, 3, 1))
    hits = in_force.hits_under(design)
    for number in range(COUNT):
        facts = _facts(chance, START + timedelta(seconds=10 * number))
        decided = Decided(
            decision=decide(policy.program, hits, facts),
            facts=facts,
            appraisals=(),
            policy=policy,
            design_digest=in_force.digest,
        )
        yield record_of(request, decided, context=context)[0]


def _body() -> bytes:
    import json

    from tests.support.factories import decision_body

    return json.dumps(decision_body()).encode()


def _facts(chance: random.Random, now: datetime) -> Any:
    from policies.model import Environment, Facts
    from policies.vocabulary.elements import Element

    return Facts(
        decided_at=now,
        findings=_findings(chance, now),
        attributes={
            "amount_eur": Decimal(chance.randrange(1, 60_000)) / 100,
            "payee_known": chance.random() < 0.7,
            "purpose": chance.choice(("payment", "payment", "account_access")),
            "device_age_days": chance.randrange(900),
            "channel": "mobile-app",
            "method": "app-pin-push",
            "platform": "android",
            "os_version": (chance.choice((13, 14, 15)),),
            "app_version": chance.choice(VERSIONS),
            "device_model": f"model-{chance.randrange(40)}",
        },
        environment=Environment(
            class_=chance.choice(("tee", "tee", "secure_element")),
            delivery="just_in_time",
            packaging="library",
            uniqueness="transaction",
        ),
        elements=(Element.KNOWLEDGE, Element.POSSESSION),
    )


def _findings(chance: random.Random, now: datetime) -> tuple[Any, ...]:
    """Return what a phone's evidence said, taken a moment ago."""
    import msgspec

    found: list[Any] = []
    for kinds in _kinds():
        kind = kinds[0] if chance.random() < 0.93 else chance.choice(kinds)
        age_s = 700 if chance.random() < 0.02 else chance.randrange(120)
        observed_at = now - timedelta(seconds=age_s)
        found += [msgspec.structs.replace(each, observed_at=observed_at) for each in kind]
    return tuple(found)


@cache
def _kinds() -> tuple[list[tuple[Any, ...]], ...]:
    """Return the findings of a dozen items of evidence: run-time protection, then attestation."""
    from compliance.evidence.demonstration import DeviceState, freerasp_report
    from compliance.evidence.providers.shape import Evidence, Mode
    from tests.support.attestation import AT, appraise_one, chain_of, evidence_of

    threats = ((), ("privilegedAccess",), ("hooks",), ("devMode", "systemVPN"), ("debug",))
    states: tuple[dict[str, Any], ...] = (
        {},
        {"device_locked": False},
        {"verified_boot_state": "UNVERIFIED"},
    )
    reports = [
        Evidence("freerasp", Mode.REPORTED, freerasp_report(each, finished=finished), {}, AT)
        for finished in (True, False)
        for each in threats
    ]
    chains = [evidence_of(chain_of(DeviceState(**each))) for each in states]
    return (
        [appraise_one(each).findings for each in reports],
        [appraise_one(each).findings for each in chains],
    )


def _asked(psp: Any, version_ref: str) -> Any:
    from compliance.backtests.services import request_back_test

    return request_back_test(
        psp=psp,
        version_ref=version_ref,
        period_start=START,
        period_end=END,
        requested_by="benchmark",
        now=END,
    )


def _timed(back_test: Any) -> tuple[float, float]:
    """Return the seconds by the clock and of the processor."""
    from compliance.backtests.services import produce_back_test

    wall, processor = perf_counter(), process_time()
    produce_back_test(back_test_id=back_test.pk, clock=lambda: END)
    return perf_counter() - wall, process_time() - processor


def _stopped_and_continued(back_test: Any) -> None:
    """Work on half of it, stop as a killed worker does, and go on."""
    from compliance.backtests.queue import SILENT_AFTER
    from compliance.backtests.services import produce_back_test

    calls = iter(range(COUNT))

    def clock() -> datetime:
        if next(calls) > 25:
            raise KeyboardInterrupt
        return END

    try:
        produce_back_test(back_test_id=back_test.pk, clock=clock)
    except KeyboardInterrupt:
        produce_back_test(back_test_id=back_test.pk, clock=lambda: END + 2 * SILENT_AFTER)


def _result(back_test: Any) -> tuple[Any, ...]:
    back_test.refresh_from_db()
    changes = back_test.changes.order_by("number").values_list("decision_ref", "new_effect")
    return back_test.state, back_test.done, back_test.tally, list(changes)


def _changed(back_test: Any) -> int:
    return sum(back_test.tally["changed"].values())


if __name__ == "__main__":
    sys.exit(main())
