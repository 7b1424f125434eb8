"""Writes a batch of decisions in one transaction, by raw SQL on the writer's own connection."""
# SPDX-License-Identifier: Apache-2.0

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, Protocol

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from compliance.decisions.claiming import Claimant, Execute, claim
from compliance.decisions.raw_evidence import SubjectKeyError, encrypted_rows
from compliance.decisions.records import DECISIONS, RAW, TABLES, Cell, NewDecision, Row, Table
from compliance.evidence.errors import VaultError

Lost = Mapping[str, frozenset[str]]
"""What decisions claimed too late, by their references."""


class StoreUnavailableError(Exception):
    """The database cannot be reached, or was lost; whether the batch is durable must be asked."""


class RowsRefusedError(Exception):
    """The database is there and refuses the batch; nothing of it was stored."""


class Store(Protocol):
    """Where decisions become durable; used by one thread."""

    def write(self, batch: Sequence[NewDecision]) -> Lost:
        """Make the batch durable, all or nothing, but for those that claim what is claimed already.

        Returns, by the reference of each of these, what they claimed too late.

        Raises:
            StoreUnavailableError: if it may or may not have been.
            RowsRefusedError: if it was not, and will not be.
        """

    def holds(self, decision: NewDecision) -> bool:
        """Return whether a decision is durable.

        Raises:
            StoreUnavailableError: if that cannot be said now.
        """

    def close(self) -> None:
        """Close the connection; the next call opens another."""


def default_store() -> Store:
    """Return the store of the deployment's database."""
    is_postgresql = connections[DEFAULT_DB_ALIAS].vendor == "postgresql"
    return PostgresqlStore() if is_postgresql else SqliteStore()


class _DjangoConnection:
    """A connection of this thread with Django's settings for it, used without Django's layers."""

    def __init__(self) -> None:
        self._opened: BaseDatabaseWrapper | None = None

    def raw(self) -> Any:
        """Return the driver's connection.

        Raises:
            StoreUnavailableError: if none can be had.
        """
        wrapper = connections[DEFAULT_DB_ALIAS]
        try:
            if self._opened is not wrapper or wrapper.connection is None:
                wrapper.connect()
                self._prepare(wrapper.connection)
                self._opened = wrapper
        except (Error, psycopg.Error, sqlite3.Error) as error:
            raise StoreUnavailableError(str(error)) from error
        return wrapper.connection

    def _prepare(self, raw: Any) -> None:
        """Set what the writer needs beside Django's settings."""

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            try:
                opened.close()
            except (Error, psycopg.Error, sqlite3.Error):
                opened.connection = None


class PostgresqlStore(_DjangoConnection):
    """COPY into each table, one commit."""

    def _prepare(self, raw: Any) -> None:
        # INVARIANT: an answered decision survives a power cut, whatever the server's default is.
        raw.execute("SET synchronous_commit = on")

    def write(self, batch: Sequence[NewDecision]) -> Lost:
        """See `Store`."""
        raw = self.raw()
        try:
            with raw.transaction(), raw.cursor() as cursor:
                execute, now = _PostgresqlExecute(cursor), datetime.now(UTC)
                lost = claim(execute, _claimants(batch), now=now)
                stored = [each for each in batch if each.ref not in lost]
                raw_rows = _raw_rows(execute, stored, lock=" FOR KEY SHARE", now=now)
                for table, rows in _filled(stored, raw_rows):
                    if rows:
                        with cursor.copy(_COPIES[table.name]) as copy:
                            for row in rows:
                                copy.write_row(row)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailableError(str(error)) from error
        except (psycopg.Error, SubjectKeyError, VaultError) as error:
            raise RowsRefusedError(str(error)) from error
        return lost

    def holds(self, decision: NewDecision) -> bool:
        """See `Store`."""
        raw = self.raw()
        try:
            return raw.execute(_HOLDS % ("%s", "%s"), _key(decision)).fetchone() is not None
        except psycopg.Error as error:
            raise StoreUnavailableError(str(error)) from error


class SqliteStore(_DjangoConnection):
    """One INSERT for many rows of each table, one commit.

    The driver gives up the interpreter's lock for each statement it runs, so a statement for each
    row would wait for the event loop as many times.
    """

    def write(self, batch: Sequence[NewDecision]) -> Lost:
        """See `Store`."""
        raw = self.raw()
        try:
            raw.execute("BEGIN IMMEDIATE")
            try:
                now = datetime.now(UTC)
                lost = claim(raw.execute, _claimants(batch), now=str(_sqlite_cell(now)))
                stored = [each for each in batch if each.ref not in lost]
                raw_rows = _raw_rows(raw.execute, stored, lock="", now=now)
                for table, rows in _filled(stored, raw_rows):
                    for part in _parts(rows):
                        cells = [_sqlite_cell(cell) for cell in chain.from_iterable(part)]
                        raw.execute(_insert(table, len(part)), cells)
            except (sqlite3.Error, SubjectKeyError, VaultError):
                raw.execute("ROLLBACK")
                raise
            raw.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreUnavailableError(str(error)) from error
        except (sqlite3.Error, SubjectKeyError, VaultError) as error:
            raise RowsRefusedError(str(error)) from error
        return lost

    def holds(self, decision: NewDecision) -> bool:
        """See `Store`."""
        raw = self.raw()
        try:
            return raw.execute(_HOLDS % ("?", "?"), _key(decision)).fetchone() is not None
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error


_COPIES: Final = {
    table.name: f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN"
    for table in (*TABLES, RAW)
}
_HOLDS: Final = f"SELECT 1 FROM {DECISIONS.name} WHERE psp_id = %s AND ref = %s"  # noqa: S608 - names of ours
_PART_SIZES: Final = (32, 8, 1)
"""Few different statements, so that the driver keeps them prepared."""


class _PostgresqlExecute:
    """Runs statements written with `?` by psycopg, which wants `%s`."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __call__(self, statement: str, cells: Sequence[Any]) -> Any:
        return self._cursor.execute(statement.replace("?", "%s"), cells)


def _claimants(batch: Sequence[NewDecision]) -> list[Claimant]:
    """Return the decisions of a batch that claim something."""
    return [Claimant(each.psp_id, each.ref, each.claims) for each in batch if each.claims]


def _rows_of(batch: Sequence[NewDecision], number: int) -> list[Row]:
    """Return the batch's rows for one table."""
    return [row for decision in batch for row in decision.rows[number]]


def _raw_rows(
    execute: Execute, stored: Sequence[NewDecision], *, lock: str, now: datetime
) -> list[Row]:
    """Return the rows of raw evidence, encrypted; nothing is asked of the database where there is none."""
    kept = [each.kept for each in stored if each.kept is not None]
    return list(encrypted_rows(execute, kept, lock=lock, now=now)) if kept else []


def _filled(
    stored: Sequence[NewDecision], raw_rows: list[Row]
) -> Iterator[tuple[Table, list[Row]]]:
    """Yield every table with its rows, in the order in which they are filled."""
    for number, table in enumerate(TABLES):
        yield table, _rows_of(stored, number)
    yield RAW, raw_rows


def _key(decision: NewDecision) -> tuple[int, str]:
    """Return what identifies a decision."""
    return decision.psp_id, decision.ref


def _parts(rows: list[Row]) -> list[list[Row]]:
    """Return the rows in parts of the few sizes."""
    parts = []
    start = 0
    for size in _PART_SIZES:
        while len(rows) - start >= size:
            parts.append(rows[start : start + size])
            start += size
    return parts


def _insert(table: Table, count: int) -> str:
    """Return the statement that inserts `count` rows."""
    row = f"({', '.join('?' * len(table.columns))})"
    names = ", ".join(table.columns)
    return f"INSERT INTO {table.name} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608


def _sqlite_cell(cell: Cell) -> Cell:
    """Return a value as Django's SQLite backend stores it."""
    return str(cell.astimezone(UTC).replace(tzinfo=None)) if isinstance(cell, datetime) else cell
