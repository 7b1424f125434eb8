"""Targets: documents of officers, requests of back-ends, notes and proofs of ledgers, reports of anybody."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.decisions.errors import RefusedRequestError
from compliance.decisions.wire import BODY_LIMIT, read_request
from compliance.evidence.errors import InvalidSealingKeyError
from compliance.evidence.public_keys import SealingPublicKey, read_public_key
from compliance.evidence.sealed_inputs import SEALED_LIMIT, SealedInputError, key_sealed_to
from compliance.evidence.sealing_keys import KEY_LIMIT
from compliance.evidence.sealing_keys import _read as read_source
from compliance.ledger.merkle import ProofError, leaf_hash, node_hash
from compliance.ledger.notes import (
    Checkpoint,
    NoteError,
    Signer,
    format_checkpoint,
    format_vkey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
)
from compliance.ledger.tlog_proof import format_tlog_proof, parse_tlog_proof, verify_tlog_proof
from compliance.reports.bundle import BundleError, read_bundle
from compliance.reports.verification import verify_report
from policies.documents import (
    MAX_BYTES,
    DesignDocumentError,
    PolicyDocumentError,
    read_designs,
    read_policy_set,
    write_designs,
    write_policy_set,
)
from policies.packs import PACKS, load_pack
from tests.fuzzing.forms import Form
from tests.fuzzing.target import Target
from tests.support.sealed import SealedReport, make_sealed_report
from tests.support.sealing import KINDS, public_jwk, sealed_to

LOG: Final = Signer(
    name="log.example/a", private_key=Ed25519PrivateKey.from_private_bytes(bytes(32))
)
VKEY: Final = format_vkey(LOG.verifier)
_RIGHT: Final = leaf_hash(b"right")
NOTE: Final = sign_checkpoint(
    Checkpoint(origin=LOG.name, size=2, root=node_hash(leaf_hash(b"left"), _RIGHT)), LOG
)
PROOF: Final = format_tlog_proof(index=0, hashes=[_RIGHT], checkpoint=NOTE, extra=b"left")
_POLICIES: Final = [name for name in PACKS if not name.startswith("design")]
_DESIGNS: Final = [name for name in PACKS if name.startswith("design")]
_REQUEST: Final = {
    "transaction": {"ref": "tx-1", "channel": "app", "method": "push"},
    "elements": ["possession", "inherence"],
    "subject": {"payer_ref": "p", "device_ref": "d"},
    "device": {"platform": "android", "os_version": "15", "model": "m", "app_version": "1.2.3"},
    "environment": {"class": "tee", "delivery": "bundled"},
    "attributes": {"amount_eur": "12.50", "payee_known": True},
    "evidence": [
        {
            "provider": "freerasp",
            "mode": "reported",
            "payload": {"threats": [], "all_checks_finished": True},
            "observed_at": "2026-11-23T10:15:00Z",
        }
    ],
}


def _run_sealed(data: bytes) -> None:
    """Read the outside of a sealed input, as far as the request's reader lets it through."""
    text = data.decode("utf-8", "replace")
    key_sealed_to(text, {f"psp-{kind}": sealing_key(kind) for kind in KINDS})


@cache
def sealing_key(kind: str) -> SealingPublicKey:
    return read_public_key(public_jwk(kind))


def _run_policy(data: bytes) -> None:
    """Read a policy set; written and read again, it is the same."""
    policy_set = read_policy_set(data)
    assert read_policy_set(write_policy_set(policy_set)) == policy_set


def _run_designs(data: bytes) -> None:
    """Read designs; written and read again, they are the same."""
    designs = read_designs(data)
    assert read_designs(write_designs(designs)) == designs


def _run_note(data: bytes) -> None:
    """Open a note: it says what was signed, or nothing."""
    assert open_note(data, [LOG.verifier]).text == NOTE.partition("\n\n")[0] + "\n"


def _run_checkpoint(data: bytes) -> None:
    """Read a checkpoint's text, which has one spelling."""
    text = data.decode("utf-8", "replace")
    assert format_checkpoint(parse_checkpoint(text)) == text


def _run_vkey(data: bytes) -> None:
    """Read a verifier's key, which has one spelling."""
    text = data.decode("utf-8", "replace")
    assert format_vkey(parse_vkey(text)) == text


def _run_proof(data: bytes) -> None:
    """Read a proof, and verify it: it holds for what was proved."""
    parse_tlog_proof(data)
    assert verify_tlog_proof(data, entry=b"left", vkeys=[VKEY]).size == 2


@cache
def _sealed() -> SealedReport:
    return make_sealed_report()


def _run_report(data: bytes) -> None:
    """Verify any file with a good proof: only the file that was sealed holds."""
    sealed = _sealed()
    verification = verify_report(data, proof=sealed.proof, trust=sealed.trust, open_unproven=True)
    assert verification.holds == (data == sealed.pdf)


def _run_report_proof(data: bytes) -> None:
    """Verify a file that is no report with any proof."""
    verify_report(b"%PDF-1.7", proof=data, trust=_sealed().trust)


def _bundle() -> Iterable[bytes]:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as bundle:
        bundle.writestr("report.pdf", b"%PDF-1.7")
        bundle.writestr("report.pdf.tlog-proof", PROOF)
        bundle.writestr("trust/log.vkey", VKEY)
    yield content.getvalue()


DOCUMENT_TARGETS: Final = (
    Target(
        name="document.policy_set",
        run=_run_policy,
        errors=(PolicyDocumentError,),
        seeds=lambda: [load_pack(name) for name in _POLICIES],
        max_size=MAX_BYTES + 16,
        cpu_s=5.0,
    ),
    Target(
        name="document.policy_set_json",
        run=_run_policy,
        errors=(PolicyDocumentError,),
        seeds=lambda: [write_policy_set(read_policy_set(load_pack(name))) for name in _POLICIES],
        form=Form.JSON,
        max_size=MAX_BYTES + 16,
        cpu_s=5.0,
    ),
    Target(
        name="document.designs",
        run=_run_designs,
        errors=(DesignDocumentError,),
        seeds=lambda: [load_pack(name) for name in _DESIGNS],
        max_size=MAX_BYTES + 16,
        cpu_s=5.0,
    ),
    Target(
        name="document.designs_json",
        run=_run_designs,
        errors=(DesignDocumentError,),
        seeds=lambda: [write_designs(read_designs(load_pack(name))) for name in _DESIGNS],
        form=Form.JSON,
        max_size=MAX_BYTES + 16,
        cpu_s=5.0,
    ),
    Target(
        name="request.decision",
        run=read_request,
        errors=(RefusedRequestError,),
        seeds=lambda: [json.dumps(_REQUEST).encode()],
        form=Form.JSON,
        max_size=BODY_LIMIT,
    ),
    Target(
        name="sealed.input",
        run=_run_sealed,
        errors=(SealedInputError,),
        seeds=lambda: [sealed_to(kind).encode() for kind in KINDS],
        max_size=SEALED_LIMIT + 16,
    ),
    Target(
        name="sealed.public_key",
        run=read_source,
        errors=(InvalidSealingKeyError,),
        seeds=lambda: [json.dumps(public_jwk(kind)).encode() for kind in KINDS],
        form=Form.JSON,
        max_size=KEY_LIMIT + 16,
    ),
    Target(
        name="ledger.note",
        run=_run_note,
        errors=(NoteError,),
        seeds=lambda: [NOTE.encode()],
        max_size=1_000_016,
    ),
    Target(
        name="ledger.signed_checkpoint",
        run=lambda data: open_checkpoint(data, [LOG.verifier]),
        errors=(NoteError,),
        seeds=lambda: [NOTE.encode()],
    ),
    Target(
        name="ledger.checkpoint",
        run=_run_checkpoint,
        errors=(NoteError,),
        seeds=lambda: [NOTE.partition("\n\n")[0].encode() + b"\n"],
    ),
    Target(name="ledger.vkey", run=_run_vkey, errors=(NoteError,), seeds=lambda: [VKEY.encode()]),
    Target(
        name="ledger.proof",
        run=_run_proof,
        errors=(ProofError,),
        seeds=lambda: [PROOF],
        max_size=2_000_016,
    ),
    Target(
        name="report.file",
        run=_run_report,
        seeds=lambda: [_sealed().pdf],
        max_size=256 * 1024,
        cpu_s=5.0,
        memory_mib=256,
    ),
    Target(name="report.proof", run=_run_report_proof, seeds=lambda: [_sealed().proof, PROOF]),
    Target(
        name="report.bundle",
        run=read_bundle,
        errors=(BundleError,),
        seeds=_bundle,
        max_size=64 * 1024,
    ),
)
