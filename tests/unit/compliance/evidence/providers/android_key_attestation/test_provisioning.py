"""The number of certificates that a device was given."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.evidence.providers.android_key_attestation.provisioning import (
    ProvisioningError,
    certificates_issued,
)


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ("a10108", 8),
        ("a1011840", 64),
        ("a101190200", 512),
        ("a301184002f50366476f6f676c65", 64),
        ("a0", None),
        ("a10208", None),
    ],
)
def test_the_number_is_read(data: str, number: int | None) -> None:
    assert certificates_issued(bytes.fromhex(data)) == number


@pytest.mark.parametrize(
    "data",
    [
        "",
        "08",
        "a1",
        "a101",
        "a1011b00",
        "a1010800",
        "bf0108ff",
        "a1016461",
        "b1" + "0108" * 17,
        "a101a0",
        "a1616108",
        "a10120",
        "a101f6",
        "a10143080808",
        "a201080109",
        "ff" * 2000,
    ],
)
def test_what_is_no_flat_map_cannot_be_read(data: str) -> None:
    with pytest.raises(ProvisioningError):
        certificates_issued(bytes.fromhex(data))
