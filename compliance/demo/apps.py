"""Application configuration of `demo`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Runs everything together, and the demonstration with invented people and evidence."""

    name = "compliance.demo"
    label = "demo"
