"""Android Key Attestation: certificate chains that a device's secure hardware signed."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.evidence.providers.android_key_attestation.appraise import appraise
from compliance.evidence.providers.android_key_attestation.rules import NAME
from compliance.evidence.providers.android_key_attestation.settings import read_settings
from compliance.evidence.providers.shape import Mode, Provider

PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW}), appraise, read_settings)

__all__ = ["NAME", "PROVIDER"]
