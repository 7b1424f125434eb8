"""Validates the seal with pyHanko: AdES verdict, bottom line, coverage and certification level."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from compliance.reports.checks import Check
from compliance.reports.trust import VerificationTrust

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealResult:
    """What became of the seal's checks, and by whom and when the file was sealed."""

    checks: tuple[Check, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


class _RefusedError(Exception):
    """The file is not sealed as a report is; the message is for people."""


def check_seal(pdf: bytes, trust: VerificationTrust) -> SealResult:
    """Check the seal of `pdf`, offline, judged at the time of its time stamp.

    No single verdict of the library is enough: an incremental update leaves the AdES verdict
    untouched, appended bytes leave both verdicts untouched. So all of verdict, bottom line,
    coverage and certification level are asked for, and whatever raises is a refusal.
    """
    try:
        return asyncio.run(_check(pdf, trust))
    except _RefusedError as error:
        return _refused(str(error))
    except Exception as error:  # noqa: BLE001 - hostile bytes: whatever a parser trips over is a refusal
        log.info("seal unreadable: %r", error)
        return _refused("The file is damaged: its seal cannot be read.")


def attached_data_digest(pdf: bytes) -> str | None:
    """Return `sha256:<hex>` of the one attached file; None if there is not exactly one, readable."""
    try:
        reader = PdfFileReader(BytesIO(pdf))
        files = reader.root["/AF"]
        if len(files) != 1:
            return None
        content: bytes = files[0]["/EF"]["/F"].data
    except Exception as error:  # noqa: BLE001 - hostile bytes: as above
        log.info("attachment unreadable: %r", error)
        return None
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _refused(sentence: str) -> SealResult:
    """Return a failed check of the seal."""
    return SealResult(checks=(Check("seal", held=False, sentence=sentence),))


async def _check(pdf: bytes, trust: VerificationTrust) -> SealResult:
    """Return the checks of the one seal of a well-formed file."""
    reader = PdfFileReader(BytesIO(pdf))
    embedded = _only_seal(reader)
    stamped_at = _stamped_at(embedded)
    knowledge = _knowledge(reader)
    verdict = await _ades_verdict(embedded, trust, knowledge, stamped_at)
    status = await async_validate_pdf_signature(
        embedded,
        signer_validation_context=_context(trust.seal_roots, knowledge, stamped_at),
        ts_validation_context=_context(trust.tsa_roots, knowledge, stamped_at),
    )
    is_valid = verdict and bool(status.bottom_line)
    covers_all = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    certifies = embedded.docmdp_level is MDPPerm.NO_CHANGES
    subject = embedded.signer_cert.subject
    signer = str(subject.native.get("common_name") or subject.human_friendly)
    return SealResult(
        checks=(
            _say(
                "seal",
                is_valid,
                f"The seal of `{signer}` is valid, and its certificate and time stamp are trusted.",
                "The seal, its certificate or its time stamp is not valid or not trusted.",
            ),
            _say(
                "coverage",
                covers_all,
                "The seal covers the whole file.",
                "The seal does not cover the whole file: something was added after sealing.",
            ),
            _say(
                "certification",
                certifies,
                "The seal certifies that no change is allowed.",
                "The seal does not forbid changes, as the seal of a report does.",
            ),
        ),
        facts={"sealed_by": signer, "sealed_at": stamped_at.isoformat()} if is_valid else {},
    )


def _say(name: str, held: bool, good: str, bad: str) -> Check:  # noqa: FBT001 - private, two calls
    """Return a check with the sentence that fits."""
    return Check(name, held=held, sentence=good if held else bad)


def _only_seal(reader: PdfFileReader) -> EmbeddedPdfSignature:
    """Return the one signature of the file; a report has no other."""
    signatures = list(reader.embedded_signatures)
    if not signatures:
        raise _RefusedError("The file carries no seal.")
    if len(signatures) > 1 or signatures[0].sig_object_type != "/Sig":
        raise _RefusedError("The file carries other signatures than the one seal of a report.")
    seal: EmbeddedPdfSignature = signatures[0]
    return seal


def _stamped_at(embedded: EmbeddedPdfSignature) -> datetime:
    """Return the time in the seal's time stamp; its own signature is checked later."""
    token = next(extract_tst_data_iter(embedded.signer_info, signed=False), None)
    if token is None:
        raise _RefusedError("The seal carries no time stamp.")
    stamped_at = token["encap_content_info"]["content"].parsed["gen_time"].native
    if not isinstance(stamped_at, datetime):
        raise _RefusedError("The seal's time stamp states no time.")
    return stamped_at


def _knowledge(reader: PdfFileReader) -> LocalKnowledge:
    """Return the certificates and revocation data that the file carries (DSS)."""
    store = DocumentSecurityStore.read_dss(reader)
    lists = [
        CRLContainer(
            crl_data=crl.CertificateList.load(item.get_object().read_data(DecodePurpose.CRL))
        )
        for item in store.crls
    ]
    answers = [
        container
        for item in store.ocsps
        for container in OCSPContainer.load_multi(
            ocsp.OCSPResponse.load(item.get_object().read_data(DecodePurpose.OCSP_RESPONSE))
        )
    ]
    return LocalKnowledge(
        known_crls=lists, known_ocsps=answers, known_certs=list(store.load_certs())
    )


async def _ades_verdict(
    embedded: EmbeddedPdfSignature,
    trust: VerificationTrust,
    knowledge: LocalKnowledge,
    stamped_at: datetime,
) -> bool:
    """Return whether the AdES verdict (EN 319 102-1, 5.5) is "passed" at that time."""
    embedded.compute_integrity_info()  # type: ignore[no-untyped-call]
    specification = SignatureValidationSpec(
        cert_validation_policy=_policy(trust.seal_roots),
        ts_cert_validation_policy=_policy(trust.tsa_roots),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
            certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
        ),
        local_knowledge=knowledge,
    )
    result = await ades_with_time_validation(
        embedded.signed_data,
        specification,
        timing_info=ValidationTimingInfo(
            validation_time=stamped_at,
            best_signature_time=stamped_at,
            point_in_time_validation=True,
        ),
        raw_digest=embedded.compute_digest(),
    )
    return result.ades_subindic is AdESPassed.OK


def _policy(roots: Iterable[x509.Certificate]) -> CertValidationPolicySpec:
    """Return the policy: these roots and no others, and revocation data must be there."""
    return CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=_asn1(roots)),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )


def _context(
    roots: Iterable[x509.Certificate], knowledge: LocalKnowledge, moment: datetime
) -> ValidationContext:
    """Return the same policy in the form that the file's own validation takes."""
    return ValidationContext(
        trust_roots=_asn1(roots),
        crls=[container.crl_data for container in knowledge.known_crls],
        ocsps=[container.ocsp_response_data for container in knowledge.known_ocsps],
        other_certs=knowledge.known_certs,
        allow_fetching=False,
        revocation_mode="require",
        moment=moment,
        best_signature_time=moment,
    )


def _asn1(certificates: Iterable[x509.Certificate]) -> list[Any]:
    """Return certificates in the library's form."""
    return [
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        for certificate in certificates
    ]
