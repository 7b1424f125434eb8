"""Database expressions that read the same on SQLite and PostgreSQL."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, CharField, Func
from django.db.models.sql.compiler import SQLCompiler

_Sql = tuple[str, Any]


class Day(Func):
    """The UTC day of a moment, as `2026-11-23`.

    Django's own truncation calls back into Python for each row on SQLite: a minute for a million.
    """

    output_field = CharField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> _Sql:
        """Moments are stored as text that begins with the day."""
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 10)")

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> _Sql:
        """Name the time zone: the session's may be another one."""
        template = "TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
        return self.as_sql(compiler, connection, template=template)


class IsNotEmpty(Func):
    """Whether a JSON list has items."""

    output_field = BooleanField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> _Sql:
        """Lists are stored as text without spaces between brackets."""
        return self.as_sql(compiler, connection, template="(%(expressions)s <> '[]')")

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> _Sql:
        """Compare as JSON."""
        return self.as_sql(compiler, connection, template="(%(expressions)s <> '[]'::jsonb)")


class Tenths(Func):
    """Tenths of a second from the second moment to the first, rounded; at least 0."""

    arity = 2
    output_field = BigIntegerField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> _Sql:
        """A Julian day as a double is good to a tenth of a millisecond."""
        return self.as_sql(
            compiler,
            connection,
            arg_joiner=") - JULIANDAY(",
            template="MAX(0, CAST(ROUND((JULIANDAY(%(expressions)s)) * 864000) AS INTEGER))",
        )

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> _Sql:
        """An interval's seconds."""
        return self.as_sql(
            compiler,
            connection,
            arg_joiner=" - ",
            template="GREATEST(0, ROUND(EXTRACT(EPOCH FROM (%(expressions)s)) * 10))::bigint",
        )
