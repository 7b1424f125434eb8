"""Erases by schedule what is kept long enough."""
# SPDX-License-Identifier: Apache-2.0

from celery import shared_task
from django.utils import timezone

from compliance.core.traces import clear_traces_once_durable
from compliance.decisions.erasing import erase_expired
from compliance.tenants.selectors import psps


@shared_task(name="decisions.erase_expired", ignore_result=True)
def erase_expired_task() -> None:
    """Erase every PSP's records that are older than it keeps them; run every hour. Safe to run twice."""
    for psp in psps():
        erase_expired(psp=psp, now=timezone.now())
    clear_traces_once_durable()
