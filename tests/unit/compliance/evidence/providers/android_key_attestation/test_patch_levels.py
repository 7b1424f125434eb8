"""How old patch levels are."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.evidence.demonstration import DeviceState
from compliance.evidence.providers.android_key_attestation.patch_levels import patch_age
from tests.support.attestation import (
    AT,
    appraise_one,
    chain_of,
    evidence_of,
    states,
    trust,
)


@pytest.mark.parametrize(
    ("level", "months", "days"),
    [  # at 23 November 2026
        (202611, 0, 22),
        (202610, 1, 53),
        (202511, 12, 387),
        (20261105, 0, 18),
        (20261123, 0, 0),
        (20261201, -1, -8),
        (20240229, 33, 998),
        (20261100, 0, 22),  # the maker tells no day
    ],
)
def test_a_level_has_an_age_in_calendar_months_and_in_days(
    level: int, months: int, days: int
) -> None:
    assert patch_age(level, AT, "months") == months
    assert patch_age(level, AT, "days") == days


@pytest.mark.parametrize(
    "level", [0, 2026, 202600, 202613, 20261131, 20250229, 2026110, 202611051, 1100, 1, 101]
)
def test_what_is_no_date_has_no_age(level: int) -> None:
    assert patch_age(level, AT, "months") is None
    assert patch_age(level, AT, "days") is None


@pytest.mark.parametrize(
    ("max_patch_age", "state", "found"),
    [
        ("13 months", {"os_patch_level": 202510}, "absent"),
        ("12 months", {"os_patch_level": 202510}, "present"),
        ("1 months", {"os_patch_level": 202609}, "present"),
        ("386 days", {"os_patch_level": 202511}, "present"),
        ("387 days", {"os_patch_level": 202511}, "absent"),
        ({"os": "12 months"}, {"vendor_patch_level": 20251030}, "present"),
        ({"vendor": "13 months"}, {"vendor_patch_level": 20251030}, "absent"),
        ({"boot": "18 days"}, {"boot_patch_level": 20261105}, "absent"),
        ({"boot": "17 days"}, {"boot_patch_level": 20261105}, "present"),
        ("12 months", {"boot_patch_level": 20261131}, "not_evaluated"),
        ("12 months", {"vendor_patch_level": 1}, "not_evaluated"),
        ("1 months", {"vendor_patch_level": 1, "os_patch_level": 202601}, "present"),
    ],
)
def test_the_psp_says_how_old_each_partition_may_be(
    max_patch_age: object, state: dict[str, int], found: str
) -> None:
    against = trust(max_patch_age=max_patch_age)
    appraisal = appraise_one(evidence_of(chain_of(DeviceState(**state))), against=against)  # type: ignore[arg-type]

    assert states(appraisal)["device.os_outdated"] == found
