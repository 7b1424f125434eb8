"""Application configuration of `decisions`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Decisions, their records and outcomes."""

    name = "compliance.decisions"
    label = "decisions"
