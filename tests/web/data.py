"""A PSP with every kind of decision, made by the real services inside the test's transaction."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from django.db import connection

from compliance.decisions.contexts import load_context
from compliance.decisions.deciding import decide_request
from compliance.decisions.records import TABLES, record_of
from compliance.decisions.services import record_outcome
from compliance.decisions.wire import DecisionAnswer, read_request
from compliance.demo.stream import PHONES, Phone, _request, requests
from compliance.evidence.demonstration import DemonstrationAuthority, load_or_create_authority
from compliance.ledger.sequencer import sequence_log
from compliance.tenants.models import Psp
from tests.support.anchored import trust_root
from tests.support.factories import (
    decision_body,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.waived import put_waiver_in_force


@dataclass(frozen=True, slots=True)
class Furnished:
    """A PSP with policy, design and decisions (newest last)."""

    psp: Psp
    answers: Sequence[DecisionAnswer]
    waiver_ref: str

    def ref_of(self, effect: str) -> str:
        """Return the newest decision of an effect."""
        return next(each.ref for each in reversed(self.answers) if each.effect == effect)


@lru_cache
def authority() -> DemonstrationAuthority:
    """Return the authority under which the invented phones attest; one for the test run."""
    return load_or_create_authority(Path(mkdtemp(prefix="ninefold-authority-")))


def ready_psp(name: str = "Example PSP", *, now: datetime, demonstration: bool = False) -> Psp:
    """Return a PSP that can decide: a policy set and a design in force since yesterday."""
    before = now - timedelta(days=1)
    psp = make_psp(name, now=before, demonstration=demonstration)
    put_policy_in_force(psp, now=before)
    put_design_in_force(psp, now=before)
    pem = authority().root_pem
    trust_root(psp, pem=pem, label="Demonstration root", demonstration=True, now=before)
    return psp


def furnish(psp: Psp, *, now: datetime, count: int = 14) -> Furnished:
    """Decide on `count` different phones during the last hours, confirm some, sequence all."""
    waiver = put_waiver_in_force(
        psp, now=now - timedelta(hours=3), rule_id="rooted", app_version="9.9"
    )
    answers = [decide(psp, decision_body(), now=now - timedelta(hours=6))]
    for number, body in enumerate(bodies(count)):
        moment = now - timedelta(hours=5) + number * timedelta(hours=4) / count
        answers.append(decide(psp, body, now=moment))
    for number, answer in enumerate(answers):
        confirm(psp, answer, now=now, every=number % 3 != 0)
    sequence_log(psp=psp, now=now)
    return Furnished(psp, answers, waiver.ref)


def bodies(count: int) -> list[dict[str, Any]]:
    """Return requests of many kinds: one of each phone first, then as the stream has them."""
    chosen: list[dict[str, Any]] = []
    for phone in PHONES[:count]:
        chosen += _requests_of(phone, 1)
    return chosen + list(requests(authority(), count=max(0, count - len(chosen)), seed=9))


def _requests_of(phone: Phone, count: int) -> list[dict[str, Any]]:
    """Return requests of one kind of phone."""
    chance = Random(phone.share)  # noqa: S311 - invented data
    return [_request(authority(), phone, chance) for _ in range(count)]


def decide(psp: Psp, body: dict[str, Any], *, now: datetime) -> DecisionAnswer:
    """Decide on `body` at `now` and store it, in the test's own transaction."""
    context = load_context(psp, now=now)
    observed_at = (now - timedelta(seconds=2)).isoformat()
    body["evidence"] = [item | {"observed_at": observed_at} for item in body["evidence"]]
    request = read_request(json.dumps(body).encode())
    decided = decide_request(request, context=context, now=now)
    new, answer = record_of(request, decided, context=context)
    with connection.cursor() as cursor:
        for table, rows in zip(TABLES, new.rows, strict=True):
            marks = ", ".join(["%s"] * len(table.columns))
            names = ", ".join(table.columns)
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608
            for row in rows:
                cursor.execute(statement, _adapted(row))
    return answer


def _adapted(row: Sequence[Any]) -> list[Any]:
    """Return a row as the database's driver takes it."""
    return [
        connection.ops.adapt_datetimefield_value(cell) if isinstance(cell, datetime) else cell
        for cell in row
    ]


def confirm(psp: Psp, answer: DecisionAnswer, *, now: datetime, every: bool) -> None:
    """Say what was done: everything, or only the first obligation, which failed."""
    for obligation in answer.obligations if every else answer.obligations[:1]:
        record_outcome(
            psp=psp,
            decision_ref=answer.ref,
            obligation=str(obligation["id"]),
            status="done" if every else "failed",
            enforced_at=datetime.fromisoformat(answer.decided_at) + timedelta(seconds=3),
            enforced_by="core-auth",
            detail="" if every else "the directory did not answer",
            now=now,
        )
