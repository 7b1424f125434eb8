"""Verifies a report offline: ledger proof, seal, attachment. Says in words what holds."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from typing import Any, Final

from compliance.ledger.merkle import ProofError
from compliance.ledger.notes import Checkpoint
from compliance.ledger.tlog_proof import parse_tlog_proof, verify_tlog_proof
from compliance.reports.checks import Check, Verification
from compliance.reports.trust import VerificationTrust

__all__ = ["FILE_LIMIT", "Check", "Verification", "verify_report"]

FILE_LIMIT: Final = 256 * 1024 * 1024
"""Longest file that is looked at, in bytes."""

_ENTRY_LIMIT: Final = 8 * 1024
_NOT_LOOKED_AT: Final = (
    "Not examined: only a file that the ledger knows byte for byte is opened here."
)


def verify_report(
    pdf: bytes,
    *,
    proof: bytes | None,
    trust: VerificationTrust,
    open_unproven: bool = False,
) -> Verification:
    """Verify a report against what the caller trusts. Never raises on hostile bytes.

    Neither the seal's nor the ledger's verdict is enough by itself: unsigned bytes inside the
    seal's own container can be changed without harm to the seal, and only the ledger's digest
    of the finished file shows it.

    A file whose digest is not proven is opened only with `open_unproven`: a parser is not to be
    fed by strangers.
    """
    if len(pdf) > FILE_LIMIT:
        return Verification(
            checks=(Check("file", held=False, sentence=f"The file is over {FILE_LIMIT} bytes."),)
        )
    digest = f"sha256:{hashlib.sha256(pdf).hexdigest()}"
    facts = {"file_digest": digest, "trusted": trust.origin}
    ledger, entry = _check_ledger(digest, proof, trust, facts)
    if not ledger.held and not open_unproven:
        rest = (Check("seal", held=False, sentence=_NOT_LOOKED_AT),)
        return Verification(checks=(ledger, *rest), facts=facts)
    return Verification(checks=(ledger, *_check_content(pdf, trust, entry, facts)), facts=facts)


def _check_ledger(
    digest: str, proof: bytes | None, trust: VerificationTrust, facts: dict[str, str]
) -> tuple[Check, dict[str, Any]]:
    """Check that a trusted log holds the digest of exactly this file; return the entry too."""
    if proof is None:
        return _refused("There is no ledger proof (.tlog-proof); without it nothing is accepted.")
    try:
        entry_bytes = parse_tlog_proof(proof).extra
        if not 0 < len(entry_bytes) <= _ENTRY_LIMIT:
            return _refused("The proof does not carry the ledger's entry.")
        checkpoint = verify_tlog_proof(proof, entry=entry_bytes, vkeys=trust.log_vkeys)
        entry = json.loads(entry_bytes)
    except (ProofError, ValueError, RecursionError) as error:
        return _refused(f"The ledger proof does not hold: {error}.")
    if not isinstance(entry, dict) or entry.get("type") != "report_issued":
        return _refused("The ledger's entry is not about a report.")
    if entry.get("file_digest") != digest:
        return _refused(
            "This is not the file that was entered in the ledger: at least one byte differs."
        )
    return _accepted(entry, checkpoint, facts), entry


def _refused(sentence: str) -> tuple[Check, dict[str, Any]]:
    """Return a failed ledger check."""
    return Check("ledger", held=False, sentence=sentence), {}


def _accepted(entry: dict[str, Any], checkpoint: Checkpoint, facts: dict[str, str]) -> Check:
    """Return the passed ledger check and note the entry's facts."""
    names = ("ref", "document", "period_start", "period_end", "checkpoint_root", "at")
    facts.update({name: str(entry[name]) for name in names if name in entry})
    facts["checkpoint_size"] = str(entry.get("checkpoint_size", ""))
    facts["log"] = checkpoint.origin
    facts["tree_size"] = str(checkpoint.size)
    return Check(
        "ledger",
        held=True,
        sentence=(
            f"The ledger `{checkpoint.origin}` holds the digest of exactly this file; the proof "
            f"verifies against a checkpoint over {checkpoint.size} entries, signed by a trusted key."
        ),
    )


def _check_content(
    pdf: bytes, trust: VerificationTrust, entry: dict[str, Any], facts: dict[str, str]
) -> tuple[Check, ...]:
    """Check what needs the file to be opened; whatever goes wrong there is a refusal."""
    # A process that verifies nothing does without the signing library.
    from compliance.reports.sealing.validation import attached_data_digest, check_seal  # noqa: PLC0415

    seal = check_seal(pdf, trust)
    facts.update(seal.facts)
    attached = attached_data_digest(pdf)
    expected = entry.get("data_digest")
    held = attached is not None and attached == expected
    sentence = (
        "The attached data is what the ledger's entry names."
        if held
        else "The attached data is missing or is not what the ledger's entry names."
    )
    return (*seal.checks, Check("data", held=held, sentence=sentence))
