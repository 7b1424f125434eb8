"""Application configuration of `core`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What every other app may use and nothing of the domain."""

    name = "compliance.core"
    label = "core"
