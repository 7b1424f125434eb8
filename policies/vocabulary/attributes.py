"""Types of the attributes that a PSP declares, and the built-in ones."""
# SPDX-License-Identifier: Apache-2.0

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final

_VERSION: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,7}")


class AttributeType(StrEnum):
    """What values an attribute has."""

    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ENUM = "enum"
    STRING = "string"
    VERSION = "version"
    STRING_SET = "string_set"
    TIMESTAMP = "timestamp"


BUILT_IN: Final = MappingProxyType(
    {
        "channel": AttributeType.STRING,
        "method": AttributeType.STRING,
        "platform": AttributeType.STRING,
        "os_version": AttributeType.VERSION,
        "app_version": AttributeType.VERSION,
        "device_model": AttributeType.STRING,
    }
)
"""Attributes that every request has a place for; a policy set does not declare them."""


def version_key(text: str) -> tuple[int, ...] | None:
    """Return a version's numbers for comparison, without trailing zeros; None if it has none.

    `7.3` equals `7.3.0`. A suffix after the numbers (`7.3.1-beta`) makes the version unknown:
    guessing an order would let an attacker choose one.
    """
    if not _VERSION.fullmatch(text):
        return None
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
