"""Loads lists of revoked keys again, in a worker."""
# SPDX-License-Identifier: Apache-2.0

import structlog
from celery import shared_task
from django.utils import timezone

from compliance.evidence.revocation_lists import refresh_due_revocation_lists

_log = structlog.get_logger(__name__)


@shared_task(name="evidence.refresh_revocation_lists", ignore_result=True)
def refresh_revocation_lists_task() -> None:
    """Load again what is due; run every hour. Safe to run twice."""
    for source, loaded in refresh_due_revocation_lists(now=timezone.now()):
        if loaded is None:
            _log.warning("revocation_list_not_loaded", source=source.ref, reason=source.failure)
