"""Application configuration of `assessments`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """Figures about a period."""

    name = "compliance.assessments"
    label = "assessments"
