"""The catalogue's lines for this provider."""
# SPDX-License-Identifier: Apache-2.0

from compliance.evidence.providers.android_key_attestation.rules import RULES
from tests.support.attestation import CLEAN


def test_every_operation_of_the_catalogue_for_this_provider_is_understood() -> None:
    assert {rule.code for rule in RULES} >= CLEAN
