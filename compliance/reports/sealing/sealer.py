"""Seals with pyHanko: PAdES B-LT in one revision, invisible, certifying that nothing may change."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from io import BytesIO
from typing import Final

from asn1crypto import crl, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from compliance.reports.errors import SealUnavailableError
from compliance.reports.sealing.material import (
    Material,
    development_keys_allowed,
    seal_material,
    stamp_roots,
    tsa_material,
)
from compliance.reports.sealing.timestamping import time_stamper

FIELD_NAME: Final = "Seal"
_REASON: Final = "Electronic seal of the issuer of this report"


def seal_pdf(pdf: bytes, *, now: datetime) -> bytes:
    """Return `pdf` with the seal, its time stamp and its validation data in one revision.

    One revision, so that the seal covers the whole file and no difference analysis is needed;
    no `/VRI`, which would have to be written after the signature. Invisible: a drawn stamp
    breaks PDF/A.

    Raises:
        SealUnavailableError: if a key, a certificate or the time-stamping authority fails.
    """
    material = seal_material(now=now)
    signer = _signer(material)
    metadata = PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=_REASON,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        embed_validation_info=True,
        validation_context=_validation_context(material, now),
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    sealed = BytesIO()
    try:
        PdfSigner(metadata, signer, timestamper=time_stamper(now=now)).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(pdf)), output=sealed
        )
    except (SigningError, TimestampRequestError, ValidationError, PathError, OSError) as error:
        raise SealUnavailableError(f"the document could not be sealed: {error}") from error
    return sealed.getvalue()


def _signer(material: Material) -> SimpleSigner:
    """Return the key in the library's form."""
    der = material.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([_asn1(certificate) for certificate in material.chain])
    return SimpleSigner(
        signing_cert=_asn1(material.certificate),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=store,
        embed_roots=False,
    )


def _validation_context(material: Material, now: datetime) -> ValidationContext:
    """Return what the validation data is gathered with: our lists, or the issuers' own."""
    is_development = development_keys_allowed()
    lists = [material.revocation_list]
    if is_development:
        lists.append(tsa_material(now=now).revocation_list)
    roots = [_asn1(material.root), *(_asn1(root) for root in stamp_roots(now=now))]
    return ValidationContext(
        trust_roots=roots,
        crls=[crl.CertificateList.load(der) for der in lists if der is not None],
        other_certs=[_asn1(certificate) for certificate in material.chain],
        allow_fetching=not is_development,
        revocation_mode="hard-fail",
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Return a certificate in the signing library's form."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
