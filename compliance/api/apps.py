"""Application configuration of `api`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """REST interface (reading side)."""

    name = "compliance.api"
    label = "api"
