"""Everything embedded: SQLite, file broker, file keys, built-in time-stamping authority."""
# SPDX-License-Identifier: Apache-2.0

import secrets

from compliance.settings import env
from compliance.settings.base import *

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
TIMESTAMP_URL = ""
"""Empty: the built-in time-stamping authority, which only development may use."""


def _secret() -> str:
    """Return this checkout's own secret, made once; no default secret is ever shared."""
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8")


SECRET_KEY = env.read_text("SECRET_KEY", "") or _secret()
