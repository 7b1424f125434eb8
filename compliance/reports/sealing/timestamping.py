"""Time stamps (RFC 3161): from an authority's address, or from the built-in one in development."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import secrets
from datetime import datetime
from typing import Any, Final

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper

from compliance.reports.sealing.material import Material, tsa_material

POLICY: Final = "2.25.193405876313172420930219286740135028369"
"""Time-stamping policy of the built-in authority: made for development, promises nothing."""

_TIMEOUT_S: Final = 15
_DIGESTS: Final = ("sha256", "sha384", "sha512")


def time_stamper(*, now: datetime) -> TimeStamper:
    """Return the deployment's source of time stamps; the built-in one stamps `now`.

    Raises:
        SealUnavailableError: if the built-in authority's keys are unreadable.
    """
    if settings.TIMESTAMP_URL:
        return HTTPTimeStamper(settings.TIMESTAMP_URL, timeout=_TIMEOUT_S)
    return BuiltInAuthority(tsa_material(now=now), now=now)


class BuiltInAuthority(TimeStamper):
    """A time-stamping authority inside the process, for development.

    It answers as any other would: a token signed by its own key over the digest it was given.
    """

    def __init__(self, material: Material, *, now: datetime) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._key = material.key
        self._certificate = asn1_x509.Certificate.load(
            material.certificate.public_bytes(Encoding.DER)
        )
        self._now = now

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer one request."""
        algorithm = req["message_imprint"]["hash_algorithm"]["algorithm"].native
        if algorithm not in _DIGESTS:
            return tsp.TimeStampResp({"status": {"status": "rejection", "fail_info": {"bad_alg"}}})
        token = self._token(self._info(req).dump())
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})

    def _info(self, request: tsp.TimeStampReq) -> tsp.TSTInfo:
        """Return what is stamped: the digest, the time to the second, a serial number."""
        info: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": request["message_imprint"],
            "serial_number": secrets.randbits(120) | 1,
            "gen_time": self._now.replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": asn1_x509.GeneralName("directory_name", self._certificate.subject),
        }
        if request["nonce"].native is not None:
            info["nonce"] = request["nonce"]
        return tsp.TSTInfo(info)

    def _token(self, info: bytes) -> cms.ContentInfo:
        """Return the signed token (CMS; RFC 5816 for the certificate's digest)."""
        signing_time = core.UTCTime(self._now.replace(microsecond=0))
        values = {
            "content_type": "tst_info",
            "message_digest": hashlib.sha256(info).digest(),
            "signing_time": cms.Time({"utc_time": signing_time}),
            "signing_certificate_v2": as_signing_certificate_v2(self._certificate),
        }
        attributes = cms.CMSAttributes(
            [cms.CMSAttribute({"type": name, "values": (value,)}) for name, value in values.items()]
        )
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    {
                        "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                            {
                                "issuer": self._certificate.issuer,
                                "serial_number": self._certificate.serial_number,
                            }
                        )
                    }
                ),
                "digest_algorithm": sha256,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signed_attrs": attributes,
                "signature": self._key.sign(attributes.dump(), ECDSA(SHA256())),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": cms.DigestAlgorithms((sha256,)),
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": cms.ParsableOctetString(info),
                },
                "certificates": [self._certificate],
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})
