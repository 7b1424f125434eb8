"""Application configuration of `ledger`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The tamper-evident log of each PSP."""

    name = "compliance.ledger"
    label = "ledger"
