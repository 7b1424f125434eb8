"""A small sealed report with its proof, made without a database."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.ledger.merkle import leaf_hash, root_of
from compliance.ledger.notes import Checkpoint, Signer, format_vkey, sign_checkpoint
from compliance.ledger.staging import entry_bytes
from compliance.ledger.tlog_proof import format_tlog_proof
from compliance.reports.rendering import DataFile, render_pdf
from compliance.reports.sealing import seal
from compliance.reports.trust import VerificationTrust, deployment_trust

ORIGIN = "log.example/audit/psp_1"
DATA = b'{"kind":"report"}\n{"kind":"decision"}\n'
HTML = """<!DOCTYPE html><html lang="en"><head><title>A report</title></head><body>
<h1>A report</h1><p>Nothing happened.</p><table><caption>Nothing</caption><thead><tr>
<th scope="col">What</th></tr></thead><tbody><tr><td>none</td></tr></tbody></table></body></html>"""


@dataclass(frozen=True, kw_only=True)
class SealedReport:
    """What a competent authority receives, and the log's signer, to make other proofs."""

    pdf: bytes
    proof: bytes
    trust: VerificationTrust
    signer: Signer


def make_pdf(html: str = HTML, data: bytes = DATA) -> bytes:
    """Return a small unsealed document."""
    return render_pdf(
        html,
        identifier="ART9-TEST",
        dated=datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
        data=DataFile(name="data.jsonl", description="Data", content=data),
    )


def make_sealed_report(pdf: bytes | None = None) -> SealedReport:
    """Return a sealed report that a log with a key of its own vouches for."""
    sealed = seal(pdf if pdf is not None else make_pdf(), now=datetime.now(UTC))
    signer = Signer(name=ORIGIN, private_key=Ed25519PrivateKey.generate())
    trust = deployment_trust()
    return SealedReport(
        pdf=sealed,
        proof=proof_of(entry_for(sealed), signer),
        trust=VerificationTrust(
            seal_roots=trust.seal_roots,
            tsa_roots=trust.tsa_roots,
            log_vkeys=(format_vkey(signer.verifier),),
            origin="a test",
        ),
        signer=signer,
    )


def entry_for(sealed: bytes, **changes: Any) -> bytes:
    """Return the ledger's entry about a sealed file."""
    body = {
        "schema": 1,
        "type": "report_issued",
        "ref": "rep_1",
        "file_digest": f"sha256:{hashlib.sha256(sealed).hexdigest()}",
        "data_digest": f"sha256:{hashlib.sha256(DATA).hexdigest()}",
        "checkpoint_size": 2,
    }
    return entry_bytes(body | changes)


def proof_of(entry: bytes, signer: Signer, *, extra: bytes | None = None) -> bytes:
    """Return the proof that a log of two entries holds `entry`."""
    neighbour = leaf_hash(b"another entry")
    root = root_of([neighbour, leaf_hash(entry)])
    checkpoint = Checkpoint(origin=signer.name, size=2, root=root)
    return format_tlog_proof(
        index=1,
        hashes=[neighbour],
        checkpoint=sign_checkpoint(checkpoint, signer),
        extra=entry if extra is None else extra,
    )
