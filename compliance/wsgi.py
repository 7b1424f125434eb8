"""WSGI entry point for the slow paths alone; the decision point needs `compliance.asgi`."""
# SPDX-License-Identifier: Apache-2.0

import os

from django.core.wsgi import get_wsgi_application

import compliance.celery  # noqa: F401 - pages ask for tasks of this application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance.settings.development")

application = get_wsgi_application()
