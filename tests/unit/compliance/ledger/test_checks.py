"""The origin of logs is checked before one is made."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from pytest_django import Settings

from compliance.ledger.checks import check_origin_prefix


def test_a_plain_address_is_a_good_origin(settings: Settings) -> None:
    settings.LOG_ORIGIN_PREFIX = "psp.example/audit"

    assert check_origin_prefix() == []


@pytest.mark.parametrize("prefix", ["", "two words", "a+b", "psp.example/", "x" * 201])
def test_what_cannot_name_a_key_is_refused(settings: Settings, prefix: str) -> None:
    settings.LOG_ORIGIN_PREFIX = prefix

    assert [message.id for message in check_origin_prefix()] == ["ledger.E001"]
