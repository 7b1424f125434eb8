"""Puts decisions into the database without the decision point: rows and their staged entries."""
# SPDX-License-Identifier: Apache-2.0

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from compliance.core.refs import new_ref
from compliance.decisions.models import (
    Decision,
    Obligation,
    Outcome,
    PresentFinding,
)
from compliance.ledger.staging import stage_json
from compliance.tenants.models import Psp

_ROOTED = (("device.rooted", "present", "D", "freerasp"),)
EVIDENCE = (
    {
        "provider": "freerasp",
        "mode": "reported",
        "verified": False,
        "digest": "sha256:" + "0" * 64,
        "age_s": 1,
        "details": {},
    },
)


def put_decision(
    psp: Psp,
    *,
    decided_at: datetime,
    findings: Sequence[tuple[str, str, str, str]] = (),
    obligations: Sequence[tuple[str, dict[str, Any], int | None]] = (),
    evidence: Sequence[dict[str, Any]] = EVIDENCE,
    **changes: Any,
) -> Decision:
    """Store one decision with its entry; by default a clear one on a phone with a TEE."""
    ref = new_ref("dec", now=decided_at)
    body = {"schema": 1, "type": "decision", "ref": ref, "decided_at": decided_at.isoformat()}
    values: dict[str, Any] = {
        "effect": "permit",
        "disposition": "clear",
        "mitigating": False,
        "channel": "mobile-app",
        "method": "app-pin-push",
        "platform": "android",
        "os_version": "15",
        "app_version": "7.3.1",
        "environment_class": "tee",
        "policy_number": 1,
        "policy_digest": "sha256:" + "1" * 64,
        "determining_rules": [],
        "matched_rules": [],
        "elements": {"knowledge": "reliable", "possession": "reliable"},
        "reliable_elements": 2,
        "device_hash": "d" * 64,
        "payer_hash": "e" * 64,
        "support_ref": "K7Q2-M9XD",
        "device_answer": "proceed",
    }
    decision = Decision.objects.create(
        psp=psp,
        ref=ref,
        decided_at=decided_at,
        findings=[list(finding) for finding in findings],
        evidence=list(evidence),
        leaf_hash=stage_json(psp=psp, kind="decision", ref=ref, body=body, now=decided_at),
        **values | changes,
    )
    for code, state, assurance, provider in findings:
        if state == "present":
            PresentFinding.objects.create(
                psp=psp,
                decision_ref=ref,
                decided_at=decided_at,
                code=code,
                assurance=assurance,
                provider=provider,
            )
    for number, (action, parameters, within_s) in enumerate(obligations, start=1):
        Obligation.objects.create(
            psp=psp,
            decision_ref=ref,
            obligation_id=f"ob_{number}",
            action=action,
            parameters=parameters,
            decided_at=decided_at,
            due_at=None if within_s is None else decided_at + timedelta(seconds=within_s),
        )
    return decision


def put_breach(psp: Psp, *, decided_at: datetime, **changes: Any) -> Decision:
    """Store a decision on a rooted device: denied, with two obligations."""
    values: dict[str, Any] = {
        "findings": _ROOTED,
        "effect": "deny",
        "disposition": "enforced",
        "mitigating": True,
        "determining_rules": ["rooted-high-value"],
        "matched_rules": ["rooted-high-value", "rooted"],
        "elements": {"knowledge": "reliable", "possession": "in_doubt"},
        "reliable_elements": 1,
        "device_answer": "cannot_complete",
        "obligations": (
            ("notify_fraud_desk", {}, 300),
            ("suspend_element", {"element": "possession"}, 60),
        ),
    }
    return put_decision(psp, decided_at=decided_at, **values | changes)


def put_outcome(
    decision: Decision, obligation_id: str, *, at: datetime, status: str = "done"
) -> Outcome:
    """Store what the enforcing system said, with its entry."""
    ref = new_ref("out", now=at)
    body = {"schema": 1, "type": "outcome", "ref": ref, "status": status}
    return Outcome.objects.create(
        psp=decision.psp,
        ref=ref,
        decision_ref=decision.ref,
        obligation_id=obligation_id,
        status=status,
        enforced_at=at,
        enforced_by="core-auth",
        received_at=at,
        leaf_hash=stage_json(psp=decision.psp, kind="outcome", ref=ref, body=body, now=at),
    )


def put_quarter(
    psp: Psp, *, start: datetime, days: int, count: int, seed: int = 1, **changes: Any
) -> None:
    """Store `count` decisions over `days`: mostly clear, some breaches, most of them confirmed."""
    chance = random.Random(seed)  # noqa: S311 - invented data
    moments = sorted(
        start + timedelta(seconds=chance.random() * days * 86400) for _ in range(count)
    )
    for moment in moments:
        common = _common(chance) | changes
        kind = chance.random()
        if kind < 0.86:
            put_decision(psp, decided_at=moment, **common)
        elif kind < 0.9:
            _put_undetermined(psp, moment, common)
        else:
            _put_breach(psp, moment, chance, common)


def _common(chance: random.Random) -> dict[str, Any]:
    age = int(chance.lognormvariate(0.7, 1.2))
    key = {"provider": "android_key_attestation", "mode": "raw", "verified": True, "details": {}}
    items = [EVIDENCE[0] | {"age_s": age}]
    if chance.random() < 0.9:
        items.append(key | {"age_s": age, "digest": "sha256:" + "2" * 64})
    return {
        "device_hash": f"{chance.randrange(400):064x}",
        "app_version": chance.choice(("7.3.1", "7.3.1", "7.3.1", "7.2.0", "7.1.4")),
        "os_version": chance.choice(("14", "15", "16")),
        "environment_class": chance.choices(
            ("tee", "secure_element", "software_keystore", "unknown"), (86, 9, 3, 2)
        )[0],
        "evidence": items,
    }


def _put_undetermined(psp: Psp, moment: datetime, common: dict[str, Any]) -> None:
    put_decision(
        psp,
        decided_at=moment,
        disposition="undetermined",
        mitigating=True,
        findings=[("attestation.missing", "present", "D", "freerasp")],
        determining_rules=["evidence-missing"],
        matched_rules=["evidence-missing"],
        obligations=[("request_fresh_evidence", {}, 60)],
        **common | {"evidence": []},
    )


def _put_breach(psp: Psp, moment: datetime, chance: random.Random, common: dict[str, Any]) -> None:
    code, effect, rule = chance.choice(
        (
            ("device.rooted", "deny", "rooted-high-value"),
            ("device.bootloader_unlocked", "step_up", "rooted"),
            ("app.hooking", "deny", "app-altered"),
            ("screen.overlay", "step_up", "screen-not-the-users"),
            ("attestation.invalid", "hold", "evidence-refused"),
        )
    )
    decision = put_breach(
        psp,
        decided_at=moment,
        findings=[(code, "present", chance.choice("AD"), "freerasp")],
        effect=effect,
        determining_rules=[rule],
        matched_rules=[rule],
        **common,
    )
    for obligation in ("ob_1", "ob_2"):
        if chance.random() < 0.96:
            put_outcome(
                decision,
                obligation,
                at=moment + timedelta(seconds=chance.lognormvariate(1, 1.3)),
                status="done" if chance.random() < 0.98 else "failed",
            )
