"""Gets a deployment ready to run: folders, database, migrations, static files."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

_MAINTENANCE_DATABASE = "postgres"


def prepare() -> None:
    """Make what is missing; safe to run again."""
    make_folders()
    create_database_if_missing()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)


def make_folders() -> None:
    """Make the data folder and, for the file broker, its queue."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        if name in options:
            Path(str(options[name])).mkdir(parents=True, exist_ok=True)


def create_database_if_missing() -> None:
    """Create the PostgreSQL database of the settings, if its server does not have it."""
    if connection.vendor != "postgresql":
        return
    parameters: dict[str, Any] = connection.get_connection_params()
    name = parameters["dbname"]
    where = {
        key: parameters[key] for key in ("user", "password", "host", "port") if parameters.get(key)
    }
    with psycopg.connect(dbname=_MAINTENANCE_DATABASE, autocommit=True, **where) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
