"""Promon SHIELD (also OneSpan App Shielding): what its callbacks said in the app; worth what client software is worth.

Payload: `{"callbacks": {"ROOTING": false, "EMULATOR": true}, "checks_finished": true}`, names of Android's
`CallbackType` and of the callbacks of iOS; whether something was found is the app's reading of their data.
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

NAME: Final = "promon"
PRODUCT: Final = Product(NAME, "callbacks", codes_by_check("promon_onespan"))


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:  # noqa: ARG001 - one signature for all
    """Return what the report amounts to; unknown callbacks are counted, not kept.

    Raises:
        EvidenceShapeError: if the payload is not a report.
    """
    return appraise_checks(PRODUCT, evidence, trust)


def read_settings(document: Mapping[str, Any]) -> Registered:
    """Return what a PSP sets up: the callbacks that its app registers.

    Raises:
        SettingsError: if the document makes no sense.
    """
    return read_registered(PRODUCT, document)


PROVIDER: Final = Provider(NAME, frozenset({Mode.REPORTED}), appraise, read_settings)
