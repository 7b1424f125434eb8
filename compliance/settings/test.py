"""Settings of the tests: quick password hashing, a secret made for the run, keys in a scratch folder."""
# SPDX-License-Identifier: Apache-2.0

import os
import secrets
import tempfile
from pathlib import Path

from compliance.settings import env
from compliance.settings.base import *

DEBUG = False
SECRET_KEY = secrets.token_urlsafe(48)
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TIMESTAMP_URL = ""
DATA_DIR = Path(tempfile.mkdtemp(prefix="ninefold-test-"))
KEYS_DIR = DATA_DIR / "keys"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
DATABASES = {"default": env.read_database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'main.sqlite3'}")}
# A file, not memory: the decision writer and the server's threads open connections of their own.
DATABASES["default"]["TEST"] = (
    {"NAME": str(DATA_DIR / "test.sqlite3")}
    if "sqlite3" in str(DATABASES["default"]["ENGINE"])
    else {"NAME": f"test_ninefold_{os.getpid()}"}
)
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_TASK_ALWAYS_EAGER = False
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "!! missing: %s !!"
