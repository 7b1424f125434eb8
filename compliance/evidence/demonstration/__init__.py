"""Invented evidence for demonstrations and tests: true to the format, under a root of its own."""
# SPDX-License-Identifier: Apache-2.0

from compliance.evidence.demonstration import der
from compliance.evidence.demonstration.authority import (
    DemonstrationAuthority,
    DemonstrationKeysError,
    create_issuers,
    issue_leaf,
    load_or_create_authority,
)
from compliance.evidence.demonstration.device import (
    PACKAGE,
    SIGNATURE_DIGEST,
    DeviceState,
    attestation_extension,
    authorization_list,
    freerasp_report,
)

__all__ = [
    "PACKAGE",
    "SIGNATURE_DIGEST",
    "DemonstrationAuthority",
    "DemonstrationKeysError",
    "DeviceState",
    "attestation_extension",
    "authorization_list",
    "create_issuers",
    "der",
    "freerasp_report",
    "issue_leaf",
    "load_or_create_authority",
]
