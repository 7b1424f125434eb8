"""Application configuration of `tenants`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """PSPs, their people, roles and API keys."""

    name = "compliance.tenants"
    label = "tenants"
