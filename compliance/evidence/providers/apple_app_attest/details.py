"""Facts of an appraisal that may be stored and shown: nothing that names a device, a key or a person."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.evidence.providers.apple_app_attest.authenticator_data import (
    DEVELOPMENT,
    PRODUCTION,
    Extensions,
)
from compliance.evidence.providers.apple_app_attest.certificates import Root
from compliance.evidence.providers.apple_app_attest.receipt import Receipt
from compliance.evidence.providers.apple_app_attest.settings import VALIDATION_CATEGORIES

ENVIRONMENTS: Final = {PRODUCTION: "production", DEVELOPMENT: "development"}
"""The values of aaguid in words of people."""

Details = dict[str, str | int | bool]


def details_of_root(*roots: Root) -> Details:
    """Return the first root's name, and whether any of them is a demonstration's."""
    details: Details = {"root": roots[0].label}
    if any(root.demonstration for root in roots):
        details["demonstration"] = True
    return details


def details_of_extensions(extensions: Extensions) -> Details:
    """Return what the system says of the app."""
    details: Details = {}
    if extensions.bundle_version is not None:
        details["bundle_version"] = extensions.bundle_version
    category = extensions.validation_category
    if category is not None:
        details["validation_category"] = VALIDATION_CATEGORIES.get(category, str(category))
    if extensions.unknown:
        details["unknown_extensions"] = extensions.unknown
    return details


def details_of_receipt(receipt: Receipt) -> Details:
    """Return what a receipt says of itself."""
    details: Details = {
        "receipt_type": receipt.type or "unknown",
        "environment": receipt.environment or "unknown",
        "created_at": receipt.created_at.isoformat(timespec="seconds"),
        "expires_at": receipt.expires_at.isoformat(timespec="seconds"),
        **details_of_root(receipt.root),
    }
    if receipt.risk_metric is not None:
        details["risk_metric"] = receipt.risk_metric
    if receipt.not_before is not None:
        details["renewable_at"] = receipt.not_before.isoformat(timespec="seconds")
    if receipt.unknown:
        details["unknown_fields"] = receipt.unknown
    return details
