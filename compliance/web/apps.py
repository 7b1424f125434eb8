"""Application configuration of `web`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Officers' web interface."""

    name = "compliance.web"
    label = "web"
