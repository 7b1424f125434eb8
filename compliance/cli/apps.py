"""Application configuration of `cli`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class CliConfig(AppConfig):
    """The command line as a delivery, beside the decision point, the API and the pages."""

    name = "compliance.cli"
    label = "cli"
