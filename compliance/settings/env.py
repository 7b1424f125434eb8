"""Typed readers of environment variables; nonsense is refused by name."""
# SPDX-License-Identifier: Apache-2.0

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def read_text(name: str, default: str | None = None) -> str:
    """Return the variable `name`, or the content of the file that `name_FILE` points at.

    Raises:
        ImproperlyConfigured: if neither is set and there is no default.
    """
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read `{file_name}`") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"set {name} (or {name}_FILE)")
    return value


def read_bool(name: str, *, default: bool) -> bool:
    """Return the variable `name` as a boolean.

    Raises:
        ImproperlyConfigured: if it is none of 1, true, yes, on, 0, false, no, off.
    """
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in _TRUE | _FALSE:
        return value in _TRUE
    raise ImproperlyConfigured(f"{name}: expected true or false, not `{value}`")


def read_int(name: str, default: int, *, least: int = 0) -> int:
    """Return the variable `name` as an integer of at least `least`.

    Raises:
        ImproperlyConfigured: if it is no integer or too small.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: expected an integer, not `{value}`") from error
    if number < least:
        raise ImproperlyConfigured(f"{name}: expected at least {least}, not {number}")
    return number


def read_list(name: str, default: str = "") -> list[str]:
    """Return the comma-separated variable `name` as a list without empty items."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def read_database(name: str, default: str) -> dict[str, object]:
    """Return Django's database settings for the address in the variable `name`.

    `sqlite:///relative/or//absolute/path` or `postgresql://user:password@host:port/name?option=value`;
    a PostgreSQL socket folder goes into the option `host`.

    Raises:
        ImproperlyConfigured: if the address has another scheme or no database name.
    """
    address = read_text(name, default)
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return _sqlite(parts.path[1:])
    if parts.scheme in {"postgresql", "postgres"}:
        options = dict(parse_qsl(parts.query))
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
        if not database["NAME"]:
            raise ImproperlyConfigured(f"{name}: names no database")
        return database
    raise ImproperlyConfigured(f"{name}: expected sqlite:// or postgresql://, not `{parts.scheme}`")


def _sqlite(path: str) -> dict[str, object]:
    """Return the settings for SQLite: write-ahead log, one fsync per commit, writers queue."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 30,
            # A transaction that will write takes the lock when it begins: two writers queue
            # instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            # INVARIANT: an answered decision survives a power cut, so `synchronous` stays FULL.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-32000;"
                # What was erased is overwritten, not only marked as free.
                " PRAGMA secure_delete=ON;"
            ),
        },
    }
