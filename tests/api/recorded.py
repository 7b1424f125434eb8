"""Decisions as the decision point records them, inside the transaction of a test."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime
from typing import Any

import msgspec
from django.apps import apps

from compliance.decisions.contexts import load_context
from compliance.decisions.deciding import decide_request
from compliance.decisions.records import TABLES, NewDecision, record_of
from compliance.decisions.wire import read_request
from compliance.tenants.models import Psp
from tests.support.factories import NOW, decision_body


def make_decision(psp: Psp, *, now: datetime = NOW, **changes: Any) -> str:
    """Decide on the clean request with `changes`, store the rows, and return the reference."""
    ref: str = make_answer(psp, now=now, **changes)["ref"]
    return ref


def make_answer(psp: Psp, *, now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """Decide as `make_decision` does, and return what the back-end was answered."""
    context = load_context(psp, now=now)
    request = read_request(json.dumps(decision_body(**changes)).encode())
    decided = decide_request(request, context=context, now=now)
    new, answer = record_of(request, decided, context=context)
    _store(new)
    told: dict[str, Any] = json.loads(msgspec.json.encode(answer))
    return told


def threatened(*threats: str) -> dict[str, Any]:
    """Return the change that makes the phone's protection report `threats`."""
    payload = {"threats": list(threats), "all_checks_finished": True}
    item = {"provider": "freerasp", "mode": "reported", "payload": payload}
    return {"evidence": [item | {"observed_at": "2026-11-23T10:15:04Z"}]}


def _store(new: NewDecision) -> None:
    models = {model._meta.db_table: model for model in apps.get_models()}
    for table, rows in zip(TABLES, new.rows, strict=True):
        for row in rows:
            cells = dict(zip(table.columns, row, strict=True))
            for name in table.json_columns:
                cells[name] = json.loads(str(cells[name]))
            models[table.name]._default_manager.create(**cells)
