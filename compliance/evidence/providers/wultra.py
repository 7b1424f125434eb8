"""Wultra Malwarelytics: what its observers said in the app; worth what client software is worth.

Payload: `{"observers": {"rootDetected": false, "vpnDetected": true}, "checks_finished": true}`, names of the
observers of Android and of iOS. An observer of a change (`vpnChanged`, `onCallChanged`) found something
where it says that the thing is there. What the product did about it in the app (NOTIFY, BLOCK, EXIT) is not asked.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from compliance.evidence.providers.reported_checks import (
    Product,
    Registered,
    appraise_checks,
    codes_by_check,
    read_registered,
)
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, Provider, TrustMaterial

NAME: Final = "wultra"
PRODUCT: Final = Product(
    NAME,
    "observers",
    codes_by_check("wultra_malwarelytics"),
    # That a passcode was not changed does not say that there is one.
    never_cleared=frozenset({"device.lock_absent"}),
)


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:  # noqa: ARG001 - one signature for all
    """Return what the report amounts to; unknown observers are counted, not kept.

    Raises:
        EvidenceShapeError: if the payload is not a report.
    """
    return appraise_checks(PRODUCT, evidence, trust)


def read_settings(document: Mapping[str, Any]) -> Registered:
    """Return what a PSP sets up: the observers that its app registers.

    Raises:
        SettingsError: if the document makes no sense.
    """
    return read_registered(PRODUCT, document)


PROVIDER: Final = Provider(NAME, frozenset({Mode.REPORTED}), appraise, read_settings)
