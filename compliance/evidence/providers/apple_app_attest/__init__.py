"""Apple App Attest: keys in the Secure Enclave that Apple certifies, and what they sign."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.evidence.providers.apple_app_attest.appraise import appraise
from compliance.evidence.providers.apple_app_attest.rules import NAME
from compliance.evidence.providers.apple_app_attest.settings import read_settings
from compliance.evidence.providers.shape import Mode, Provider

PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW, Mode.REPORTED}), appraise, read_settings)

__all__ = ["NAME", "PROVIDER"]
