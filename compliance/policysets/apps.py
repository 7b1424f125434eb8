"""Application configuration of `policysets`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class PolicysetsConfig(AppConfig):
    """Versions of policy sets."""

    name = "compliance.policysets"
    label = "policysets"
