"""Application configuration of `evidence`."""
# SPDX-License-Identifier: Apache-2.0

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Evidence and its appraisal."""

    name = "compliance.evidence"
    label = "evidence"
