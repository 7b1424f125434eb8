"""Why evidence of App Attest does not verify."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum


class Reason(StrEnum):
    """Why evidence does not verify; a word for the details of its appraisal."""

    MALFORMED = "malformed"
    FORMAT = "unknown_format"
    CHAIN_LENGTH = "chain_is_not_two_certificates"
    CERTIFICATE = "unreadable_certificate"
    ROOT = "untrusted_root"
    AUTHORITY = "issuer_is_no_authority"
    LINK = "signature_or_name_mismatch"
    DATES = "certificate_not_valid_at_that_time"
    NO_NONCE = "certificate_without_nonce"
    NONCE = "nonce_mismatch"
    KEY = "key_mismatch"
    COUNTER = "counter_is_not_zero"
    SIGNATURE = "signature_mismatch"
    RECEIPT_MALFORMED = "malformed_receipt"
    RECEIPT_CHAIN = "untrusted_receipt"
    RECEIPT_SIGNER = "receipt_signed_by_another_authority"
    RECEIPT_SIGNATURE = "receipt_signature_mismatch"
    RECEIPT_OF_ANOTHER = "receipt_of_another_key_or_app"


class NotVerifiedError(Exception):
    """The evidence does not verify."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
