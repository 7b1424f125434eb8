"""Sensor consistency: does the phone move when it is touched? See docs/sensor-consistency.md."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.evidence.providers.sensor_consistency.appraise import CODES, NAME, appraise
from compliance.evidence.providers.shape import Mode, Provider

PROVIDER: Final = Provider(NAME, frozenset({Mode.REPORTED}), appraise)

__all__ = ["CODES", "NAME", "PROVIDER"]
