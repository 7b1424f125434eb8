"""The ledger entry of a decision: what was known and decided, and no personal data.

The entry can never be erased, so it names no person, no device and no transaction. What the decision
was made on is in it as `commitment = HMAC-SHA256(key, what is recorded)` under a random key that is
kept with the record: who has both can show that the record is the one decided on; once they are
erased, the entry says nothing about it, and its proof stays valid. Codes of present findings with their
assurance are in clear: they are about some device, not about whose. Rules, waivers and obligations are listed
up to `LISTED` (their whole number beside), so that an entry is never longer than 8 KB; parameters of
obligations are in the policy set that the entry names.
"""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from compliance.decisions.presentation import rfc3339
from compliance.ledger.errors import EntryTooLargeError
from compliance.ledger.staging import ENTRY_LIMIT
from policies.model import Decision, Facts
from policies.vocabulary.findings import ASSURANCE_RANK, Finding, FindingState

LISTED: Final = 32
"""How many rules and obligations an entry lists at most."""

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def decision_leaf(
    *,
    ref: str,
    facts: Facts,
    decision: Decision,
    evidence: Sequence[Sequence[str | bool]],
    policy: tuple[int, str],
    design_digest: str,
    device_answer: str,
    commitment: bytes,
    waivers: Sequence[str] = (),
    sealed_to: str = "",
) -> dict[str, Any]:
    """Return the entry of a decision; text, whole numbers and booleans only.

    `evidence` has provider, mode and whether it verified for each item; `policy` is the number and
    digest of the version that decided. `waivers` are references, `sealed_to` the id of the key that
    the payer's input was sealed to; the entry speaks of them only where there are any.
    """
    number, digest = policy
    leaf: dict[str, Any] = {
        "schema": 1,
        "type": "decision",
        "ref": ref,
        "decided_at": rfc3339(facts.decided_at),
        "effect": decision.effect.value,
        "disposition": decision.disposition.value,
        "determining_rules": decision.determining_rules[:LISTED],
        "determining_rules_count": len(decision.determining_rules),
        "obligations": [
            [f"ob_{position}", each.action, each.within_s]
            for position, each in enumerate(decision.obligations[:LISTED], start=1)
        ],
        "obligations_count": len(decision.obligations),
        "elements": decision.elements,
        "reliable_elements": decision.reliable_elements,
        "findings": present_codes(facts.findings),
        "evidence": evidence,
        "policy": {"number": number, "digest": digest},
        "design": design_digest,
        "for_device": device_answer,
        "commitment": commitment.hex(),
    }
    if waivers:
        leaf |= {"waivers": waivers[:LISTED], "waivers_count": len(waivers)}
    if sealed_to:
        leaf["sealed_to"] = sealed_to
    return leaf


def decision_entry(leaf: dict[str, Any]) -> bytes:
    """Return the bytes that enter the log.

    Names and text here are ASCII and numbers are small, where msgspec's sorted form is RFC 8785's;
    a test holds it against `compliance.ledger.staging.entry_bytes`.

    Raises:
        EntryTooLargeError: if they are too many, which the bounds above rule out.
    """
    entry = _ENCODER.encode(leaf)
    if len(entry) > ENTRY_LIMIT:
        raise EntryTooLargeError(len(entry), limit=ENTRY_LIMIT)
    return entry


def present_codes(findings: Sequence[Finding]) -> list[list[str]]:
    """Return each code that is present with its best assurance, in alphabetical order."""
    best: dict[str, Finding] = {}
    for finding in findings:
        if finding.state is FindingState.PRESENT:
            known = best.get(finding.code)
            if known is None or _rank(finding) < _rank(known):
                best[finding.code] = finding
    return [[code, best[code].assurance.value] for code in sorted(best)]


def commitment_over(
    key: bytes,
    *,
    transaction_ref: str,
    device_hash: str,
    payer_hash: str,
    evidence: bytes,
    facts: bytes,
    sealed_digest: str = "",
) -> bytes:
    """Return HMAC-SHA256 over everything recorded that an entry does not say (32 bytes).

    `evidence` and `facts` are JSON with sorted names, as they are stored; `sealed_digest` is that of
    the payer's sealed input, empty where there is none.
    """
    if sealed_digest:
        names = _ENCODER.encode((2, transaction_ref, device_hash, payer_hash, sealed_digest))
    else:
        names = _ENCODER.encode((1, transaction_ref, device_hash, payer_hash))
    # Not the one-shot `hmac.digest`: that gives up the interpreter's lock for a microsecond's work.
    return hmac.new(key, b"\n".join((names, evidence, facts)), hashlib.sha256).digest()


def sealed_digest_of(sealed: str) -> str:
    """Return `sha256:<hex>` of a sealed input, character by character as it came."""
    return f"sha256:{hashlib.sha256(sealed.encode()).hexdigest()}"


def _rank(finding: Finding) -> int:
    """Return 0 for the best assurance."""
    return ASSURANCE_RANK[finding.assurance]
