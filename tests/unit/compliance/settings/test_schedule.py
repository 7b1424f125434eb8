"""What the scheduler asks for exists."""
# SPDX-License-Identifier: Apache-2.0

from django.conf import settings

import compliance.backtests.tasks
import compliance.decisions.tasks
import compliance.evidence.tasks
import compliance.reports.tasks  # noqa: F401 - registers its tasks
from compliance.celery import app


def test_every_scheduled_task_exists() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert scheduled
    assert scheduled <= set(app.tasks)
