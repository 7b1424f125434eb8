"""What attestation results say of the device in EAT's own claims (RFC 9711, section 4.2): `dbgstat`, `oemboot`."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.verdicts import PRESENT, Details, States, lines_of

DEBUG_STATES: Final = (
    "enabled",
    "disabled",
    "disabled-since-boot",
    "disabled-permanently",
    "disabled-fully-and-permanently",
)
"""The values of `dbgstat`; in CBOR each is its place in this list."""

DEBUG: Final = "dbgstat"
OEM_BOOT: Final = "oemboot"
_PREFIX: Final = "EAT "
_LINES: Final = tuple(
    (rule.code, line.path.removeprefix(_PREFIX), line.values)
    for rule in lines_of("server_observed")
    for line in rule.mappings
    if line.path.startswith(_PREFIX)
)


class Device(NamedTuple):
    """What the parts of a result say by each claim; `unknown` counts values that mean nothing."""

    debug: tuple[str, ...] = ()
    oem_boot: tuple[bool, ...] = ()
    unknown: int = 0


def read_device(parts: Iterable[Mapping[str, Any]]) -> Device:
    """Return what the whole and its submodules say of the device."""
    debug: list[str] = []
    oem_boot: list[bool] = []
    unknown = 0
    for part in parts:
        if DEBUG in part:
            is_known = part[DEBUG] in DEBUG_STATES
            debug += [part[DEBUG]] * is_known
            unknown += not is_known
        if OEM_BOOT in part:
            is_known = isinstance(part[OEM_BOOT], bool)
            oem_boot += [part[OEM_BOOT]] * is_known
            unknown += not is_known
    return Device(tuple(debug), tuple(oem_boot), unknown)


def device_states(device: Device) -> States:
    """Return the codes that are present.

    The good values clear nothing: a device that cannot be debugged may run a debug build, and a boot
    that its maker authorized may be followed by a break-in.
    """
    said: dict[str, tuple[str | bool, ...]] = {DEBUG: device.debug, OEM_BOOT: device.oem_boot}
    return {
        code: PRESENT
        for code, path, values in _LINES
        if any(value in values for value in said[path])
    }


def device_details(device: Device) -> Details:
    """Return the claims in a form fit to be shown."""
    details: Details = {}
    if device.debug:
        details[DEBUG] = ", ".join(sorted(set(device.debug)))
    if device.oem_boot:
        details[OEM_BOOT] = all(device.oem_boot)
    return details
