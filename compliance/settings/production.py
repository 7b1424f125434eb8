"""Production: every secret and address is given, or the process does not start."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from compliance.settings import env
from compliance.settings.base import *

DEBUG = False
SECRET_KEY = env.read_text("SECRET_KEY")
if len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("SECRET_KEY: expected at least 40 characters")
ALLOWED_HOSTS = env.read_list("ALLOWED_HOSTS")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("set ALLOWED_HOSTS to the names under which this service is reached")
PUBLIC_URL = env.read_text("NINEFOLD_PUBLIC_URL").rstrip("/")
KEYS_DIR = Path(env.read_text("NINEFOLD_KEYS_DIR")).resolve()
LOG_ORIGIN_PREFIX = env.read_text("NINEFOLD_LOG_ORIGIN")
TIMESTAMP_URL = env.read_text("TIMESTAMP_URL")
"""Address of the RFC 3161 time-stamping authority; the built-in one is for development only."""
if not TIMESTAMP_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("TIMESTAMP_URL: expected the address of an RFC 3161 authority")
DATABASES = {"default": env.read_database("DATABASE_URL", "")}

SECURE_SSL_REDIRECT = env.read_bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
