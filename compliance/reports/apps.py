"""Application configuration of `reports`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Sealed reports."""

    name = "compliance.reports"
    label = "reports"
