"""Who works on which back-test."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Final

from compliance.backtests.models import BackTest
from compliance.core.jobs import JobQueue

SILENT_AFTER: Final = timedelta(minutes=2)
"""A worker gives a sign of life with each chunk; one that was silent for longer is lost."""

BACK_TESTS: Final = JobQueue(model=BackTest, silent_after=SILENT_AFTER, related=("psp", "version"))

MOST_ATTEMPTS: Final = 20
"""In all, also those that got further: each goes on where the one before stopped, but what so many
workers left unfinished is given up."""
