"""Targets: the readers below the providers, each by itself, and where there is one beside a second reader."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Final

import cbor2
from cryptography import x509

from compliance.evidence.demonstration import DeviceState, attestation_extension
from compliance.evidence.providers import cbor
from compliance.evidence.providers.android_key_attestation.key_description import (
    KeyDescriptionError,
    read_key_description,
)
from compliance.evidence.providers.android_key_attestation.provisioning import (
    ProvisioningError,
    certificates_issued,
)
from compliance.evidence.providers.android_key_attestation.revocations import (
    RevocationListError,
    read_revocation_list,
)
from compliance.evidence.providers.apple_app_attest import ber
from compliance.evidence.providers.apple_app_attest.authenticator_data import (
    AuthenticatorDataError,
    read_assertion_data,
    read_attested_data,
)
from compliance.evidence.providers.apple_app_attest.keys import read_key
from compliance.evidence.providers.signed_tokens import TokenError, read_object, read_token
from compliance.evidence.providers.x509 import der
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    read_certificate,
)
from compliance.evidence.providers.x509.frame import read_frame
from tests.fuzzing.forms import Form
from tests.fuzzing.target import Target
from tests.support import app_attest, attestation, signed_tokens

_REVOCATIONS: Final = {
    "entries": {
        "6681152659205225093": {"status": "REVOKED", "reason": "KEY_COMPROMISE"},
        "c35747a084470c3135aeefe2b8d40cd6": {"status": "SUSPENDED"},
    }
}


@cache
def _chain() -> list[bytes]:
    return attestation.chain_of()


def _extensions() -> Iterable[bytes]:
    yield attestation_extension(DeviceState(), challenge=attestation.CHALLENGE, at=attestation.AT)


def _attested_data() -> Iterable[bytes]:
    says = app_attest.Says(extensions={"apple_bundle_version_01": "1.2", "other_01": [1]})
    yield app_attest.authenticator_data(app_attest.new_key(), says)


def _run_der(data: bytes) -> None:
    """Read elements, and each primitive as everything that it could be; nothing is read two ways."""
    for element in der.read_elements(data):
        for read in (der.read_integer, der.read_boolean, der.read_null):
            with suppress(der.DerError):
                read(element.content)
        with suppress(der.DerError):
            der.read_elements(element.content)


def _run_ber(data: bytes) -> None:
    """Read items; together they are the bytes."""
    items = ber.read_items(data)
    assert b"".join(item.raw for item in items) == data
    for item in items:
        with suppress(ber.BerError):
            ber.octets_of(item)


def _run_cbor(data: bytes) -> None:
    """Read a value that has one form only; another reader and writer agree."""
    value = cbor.decode(data)
    assert cbor2.loads(data) == value
    assert cbor2.dumps(value, canonical=True) == data


def _run_unordered_cbor(data: bytes) -> None:
    """Read a value with keys in any order; another reader agrees."""
    value = cbor.decode(data, is_ordered=False)
    assert cbor2.loads(data) == value


def _run_certificate(data: bytes) -> None:
    """Read a certificate; the library that verifies its signature sees the same one."""
    facts = read_certificate(data)
    assert x509.load_der_x509_certificate(data).serial_number == facts.serial


def _run_object(data: bytes) -> None:
    """Read a JSON object; where it is read, another reader sees the same."""
    value = read_object(data)
    assert json.loads(data) == value


READER_TARGETS: Final = (
    Target(
        name="reader.der", run=_run_der, errors=(der.DerError,), seeds=_extensions, form=Form.DER
    ),
    Target(
        name="reader.ber",
        run=_run_ber,
        errors=(ber.BerError,),
        seeds=lambda: [app_attest.receipt_of(_chain()[0])],
        max_size=16 * 1024,
    ),
    Target(
        name="reader.cbor",
        run=_run_cbor,
        errors=(cbor.CborError,),
        seeds=lambda: [cbor2.dumps({1: [-1, b"ab", {"c": None}], "key": True}, canonical=True)],
        form=Form.CBOR,
        max_size=32 * 1024,
    ),
    Target(
        name="reader.unordered_cbor",
        run=_run_unordered_cbor,
        errors=(cbor.CborError,),
        seeds=lambda: [cbor2.dumps({"key": 2**40, 1: [-1, b"ab"]})],
        form=Form.CBOR,
        max_size=32 * 1024,
    ),
    Target(
        name="reader.certificate",
        run=_run_certificate,
        errors=(CertificateError,),
        seeds=lambda: [*_chain(), app_attest.pki().receipt_signer.der],
        form=Form.DER,
    ),
    Target(
        name="reader.frame", run=read_frame, errors=(der.DerError,), seeds=_chain, form=Form.DER
    ),
    Target(
        name="reader.key_description",
        run=read_key_description,
        errors=(KeyDescriptionError,),
        seeds=_extensions,
        form=Form.DER,
    ),
    Target(
        name="reader.provisioning",
        run=certificates_issued,
        errors=(ProvisioningError,),
        seeds=lambda: [cbor2.dumps({1: 7, 3: "a maker"})],
        form=Form.CBOR,
    ),
    Target(
        name="reader.revocation_list",
        run=read_revocation_list,
        errors=(RevocationListError,),
        seeds=lambda: [json.dumps(_REVOCATIONS).encode()],
        form=Form.JSON,
        max_size=256 * 1024,
    ),
    Target(
        name="reader.attested_data",
        run=read_attested_data,
        errors=(AuthenticatorDataError,),
        seeds=_attested_data,
    ),
    Target(
        name="reader.asserted_data",
        run=read_assertion_data,
        errors=(AuthenticatorDataError,),
        seeds=lambda: [app_attest.fixed_data(app_attest.Says(), 1)],
    ),
    Target(
        name="reader.public_key",
        run=read_key,
        seeds=lambda: [app_attest.point(app_attest.new_key())],
        max_size=512,
    ),
    Target(
        name="reader.token",
        run=lambda data: read_token(data.decode("utf-8", "replace"), max_size=64 * 1024),
        errors=(TokenError,),
        seeds=lambda: [signed_tokens.signed({"a": 1}, kid="k").encode()],
        max_size=65 * 1024,
    ),
    Target(
        name="reader.json_object",
        run=_run_object,
        errors=(TokenError,),
        seeds=lambda: [b'{"a": [1, 2.5, "x", null, {"b": true}]}'],
        form=Form.JSON,
        max_size=64 * 1024,
    ),
)
