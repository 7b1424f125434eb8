"""Signed exports of policy sets: one file that another installation can check and import.

The file is JSON. It holds the canonical document as text, its digest, name and number, when it was
exported, the id of the key, and an Ed25519 signature over the RFC 8785 form of all the rest. The key
is the deployment's; who imports decides which keys to trust, for a file cannot vouch for itself.
A signature says where a text is from, not that it fits: what is imported goes the way of any other.
"""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compliance.core.errors import ComplianceError
from compliance.policysets.exchange_keys import export_key
from compliance.policysets.selectors import version_without_state
from compliance.tenants.models import Psp
from policies.documents import PolicyDocumentError, digest_of, read_policy_set, write_policy_set

MAX_BYTES: Final = 4 * 1024 * 1024
"""A policy set has at most 1 MB; as text within JSON it can grow."""

_FAMILY: Final = "ninefold-policy-export-"
_PURPOSE: Final = b"ninefold policy export 1\n"
"""Stands before what is signed, so that the signature is good for nothing else."""


class PolicyExportError(ComplianceError):
    """A file is no export that can be trusted; the message says why."""

    code = "invalid-request"


class _Export(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    type: Literal["ninefold-policy-export-1"] = "ninefold-policy-export-1"
    name: Annotated[str, msgspec.Meta(max_length=200)]
    number: Annotated[int, msgspec.Meta(ge=1, le=2**31)]
    digest: Annotated[str, msgspec.Meta(max_length=71)]
    document: str
    exported_at: Annotated[str, msgspec.Meta(max_length=40)]
    key_id: Annotated[str, msgspec.Meta(max_length=71)]
    signature: Annotated[str, msgspec.Meta(max_length=88)] = ""


class _Typed(msgspec.Struct):
    """A JSON document by its type alone."""

    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedExport:
    """What a trusted key has signed, and a policy set that this installation understands."""

    name: str
    number: int
    digest: str
    document: str
    exported_at: str
    key_id: str


def export_policy(psp: Psp, version: str, *, now: datetime) -> bytes:
    """Return the signed export of the PSP's version with this reference.

    Raises:
        NotFoundError: if the PSP has no such version.
        ExportKeyError: if the deployment's key cannot be used.
    """
    row = version_without_state(psp, version)
    key = export_key()
    unsigned = _Export(
        name=row.name,
        number=row.number,
        digest=row.digest,
        document=row.document,
        exported_at=now.isoformat(),
        key_id=key_id_of(key.public_key()),
    )
    return _signed(unsigned, key)


def is_export(data: bytes) -> bool:
    """Return whether a file says that it is a signed export; nothing of it is verified."""
    try:
        return msgspec.json.decode(data, type=_Typed).type.startswith(_FAMILY)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def verify_export(data: bytes, *, trusted: Sequence[Ed25519PublicKey]) -> VerifiedExport:
    """Check form, key, signature, digest and document, in this order.

    Raises:
        PolicyExportError: if any of them is not as it should be.
    """
    export = _read(data)
    key = next((each for each in trusted if key_id_of(each) == export.key_id), None)
    if key is None:
        raise PolicyExportError(f"it was signed by a key that is not trusted: `{export.key_id}`")
    try:
        key.verify(base64.b64decode(export.signature, validate=True), _signed_bytes(export))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise PolicyExportError("its signature does not fit what it says") from error
    _require_document(export)
    return VerifiedExport(
        name=export.name,
        number=export.number,
        digest=export.digest,
        document=export.document,
        exported_at=export.exported_at,
        key_id=export.key_id,
    )


def key_id_of(key: Ed25519PublicKey) -> str:
    """Return sha256:<hex> of the raw public key."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _signed(unsigned: _Export, key: Ed25519PrivateKey) -> bytes:
    """Return the file."""
    signature = base64.b64encode(key.sign(_signed_bytes(unsigned))).decode()
    whole = msgspec.structs.replace(unsigned, signature=signature)
    return rfc8785.dumps(msgspec.to_builtins(whole)) + b"\n"


def _signed_bytes(export: _Export) -> bytes:
    """Return what is signed: everything but the signature."""
    members = msgspec.to_builtins(export)
    del members["signature"]
    return _PURPOSE + rfc8785.dumps(members)


def _read(data: bytes) -> _Export:
    """Return the file's content; nothing of it is verified."""
    if len(data) > MAX_BYTES:
        raise PolicyExportError(f"it is larger than {MAX_BYTES} bytes")
    try:
        return msgspec.json.decode(data, type=_Export)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PolicyExportError(f"it is no export of a policy set: {error}") from error


def _require_document(export: _Export) -> None:
    """Check that the document is canonical, has the digest, and is valid here."""
    try:
        policy_set = read_policy_set(export.document.encode())
    except PolicyDocumentError as error:
        raise PolicyExportError(f"this installation does not take its document: {error}") from error
    is_canonical = write_policy_set(policy_set).decode() == export.document
    if not is_canonical or digest_of(policy_set) != export.digest:
        raise PolicyExportError("its digest is not the one of its document")
