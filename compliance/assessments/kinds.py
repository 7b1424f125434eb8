"""Kinds of integrity breaches: few enough to be told apart in a picture."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Mapping
from typing import Final

KINDS: Final = ("Altered device", "Altered app", "Screen or control", "Key or evidence")
"""In the order in which charts stack them."""

_SCREEN: Final = frozenset(
    {
        "accessibility.abuse",
        "device.malware_detected",
        "device.remote_controlled",
        "screen.overlay",
    }
)
_KEY: Final = frozenset({"device.previously_flagged"})


def kind_of(code: str) -> str:
    """Return the kind of a finding code that is an integrity breach."""
    if code in _SCREEN:
        return KINDS[2]
    if code in _KEY or code.startswith(("attestation.", "key.")):
        return KINDS[3]
    return KINDS[1] if code.startswith(("app.", "protection.")) else KINDS[0]


def by_kind(breaches: Mapping[str, int]) -> dict[str, int]:
    """Return counts by kind from counts by code, zeros too."""
    counts: Counter[str] = Counter()
    for code, count in breaches.items():
        counts[kind_of(code)] += count
    return {kind: counts[kind] for kind in KINDS}
