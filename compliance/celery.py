"""The Celery application; started as `celery -A compliance.celery`."""
# SPDX-License-Identifier: Apache-2.0

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance.settings.development")

app = Celery("ninefold")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
