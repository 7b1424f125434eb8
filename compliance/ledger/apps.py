"""Application configuration of `ledger`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig
from django.core.checks import register

from compliance.ledger.checks import check_origin_prefix


class LedgerConfig(AppConfig):
    """The tamper-evident log of each PSP."""

    name = "compliance.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Have the settings checked."""
        register(check_origin_prefix)
