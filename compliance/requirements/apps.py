"""Application configuration of `requirements`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class RequirementsConfig(AppConfig):
    """Requirement sets as data: duties and their texts."""

    name = "compliance.requirements"
    label = "requirements"
