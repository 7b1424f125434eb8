"""Application configuration of `backtests`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class BacktestsConfig(AppConfig):
    """Candidates beside recorded decisions: back-tests and shadows."""

    name = "compliance.backtests"
    label = "backtests"
