"""Application configuration of `designs`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class DesignsConfig(AppConfig):
    """Versions of authentication designs."""

    name = "compliance.designs"
    label = "designs"
