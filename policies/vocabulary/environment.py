"""Facts about the separated secure execution environment, RTS Article 9(3)(a)."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

UNKNOWN: Final = "unknown"

ENVIRONMENT_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "class": (
        "secure_element",
        "tee",
        "software_keystore",
        "app_container",
        "obfuscation_only",
        "none",
        UNKNOWN,
    ),
    "delivery": ("just_in_time", "bundled", UNKNOWN),
    "packaging": ("separate_app", "library", UNKNOWN),
    "uniqueness": ("transaction", "session", "installation", "release", UNKNOWN),
}
"""Each field's values. What nobody said is `unknown`: a condition that names it holds; any other
condition on the field cannot be known, so that its rule counts (leaving something out never helps)."""
