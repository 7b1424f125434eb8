"""Google Play Integrity: verdicts that Google decoded for the PSP, or tokens that we decrypt and verify."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.evidence.providers.play_integrity.appraise import appraise
from compliance.evidence.providers.play_integrity.rules import NAME
from compliance.evidence.providers.play_integrity.settings import read_settings
from compliance.evidence.providers.shape import Mode, Provider

PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW, Mode.DECODED}), appraise, read_settings)

__all__ = ["NAME", "PROVIDER"]
