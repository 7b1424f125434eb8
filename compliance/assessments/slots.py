"""Decisions counted once by quarter hour and by what their evidence came to, for all figures of providers."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection

from compliance.assessments.scope import Scope

INVALID: Final = "attestation.invalid"
STALE: Final = "attestation.stale"
REPLAYED: Final = "attestation.replayed"
MISBOUND: Final = "attestation.binding_mismatch"
REVOKED: Final = "key.attestation_revoked"
UNEVALUATED: Final = "attestation.unevaluated"
UNAVAILABLE: Final = "provider.unavailable"
CONFLICTING: Final = "attestation.conflicting"
NOT_EVALUATED: Final = "not_evaluated"
"""Stands for every finding that was not evaluated."""

MINUTES: Final = 15

# Lists are short and alike, so that few groups come out; a list that says nothing is not read.
# LIMIT keeps SQLite from carrying the lists themselves, a kilobyte each, into its sorting.
_SQLITE: Final = """
SELECT quarter, channel, platform, held, said, MIN(decided_at), MAX(decided_at), COUNT(*)
FROM (
  SELECT decision.decided_at, decision.channel, decision.platform,
         SUBSTR(decision.decided_at, 1, 14) || SUBSTR('00153045',
           2 * (CAST(SUBSTR(decision.decided_at, 15, 2) AS INTEGER) / 15) + 1, 2) AS quarter,
         (SELECT GROUP_CONCAT(json_extract(value, '$.provider') || ' ' || json_extract(value, '$.mode')
                              || ' ' || CASE json_extract(value, '$.verified') WHEN 1 THEN 'true'
                                        ELSE 'false' END, ',')
          FROM json_each(decision.evidence)) AS held,
         CASE WHEN INSTR(decision.findings, '"present"') OR INSTR(decision.findings, '"not_evaluated"')
         THEN (SELECT GROUP_CONCAT(DISTINCT json_extract(value, '$[3]') || ' '
                                   || CASE json_extract(value, '$[1]') WHEN 'present'
                                      THEN json_extract(value, '$[0]') ELSE 'not_evaluated' END)
               FROM json_each(decision.findings)
               WHERE json_extract(value, '$[1]') = 'not_evaluated'
               OR (json_extract(value, '$[1]') = 'present'
                   AND json_extract(value, '$[0]') IN ({codes})))
         END AS said
  FROM ({decisions}) decision LIMIT -1
) GROUP BY 1, 2, 3, 4, 5
"""
_POSTGRESQL: Final = """
SELECT TO_TIMESTAMP(FLOOR(EXTRACT(EPOCH FROM decision.decided_at) / 900) * 900),
       decision.channel, decision.platform,
       (SELECT STRING_AGG(CONCAT_WS(' ', item ->> 'provider', item ->> 'mode', item ->> 'verified'), ',')
        FROM jsonb_array_elements(decision.evidence) item),
       (SELECT STRING_AGG(DISTINCT CONCAT_WS(' ', item ->> 3, CASE item ->> 1 WHEN 'present'
                                             THEN item ->> 0 ELSE 'not_evaluated' END), ',')
        FROM jsonb_array_elements(decision.findings) item
        WHERE item ->> 1 = 'not_evaluated'
        OR (item ->> 1 = 'present' AND item ->> 0 IN ({codes}))),
       MIN(decision.decided_at), MAX(decision.decided_at), COUNT(*)
FROM ({decisions}) decision GROUP BY 1, 2, 3, 4, 5
"""
_CODES: Final = ", ".join(
    f"'{code}'"
    for code in (
        *(INVALID, STALE, REPLAYED, MISBOUND, REVOKED),
        *(UNEVALUATED, UNAVAILABLE, CONFLICTING),
    )
)


class Held(NamedTuple):
    """One piece of evidence that a request held."""

    provider: str
    mode: str
    verified: bool


class Said(NamedTuple):
    """What evidence of a provider came to: a code that was present, or `NOT_EVALUATED`."""

    provider: str
    code: str


class Slot(NamedTuple):
    """So many decisions of a quarter hour that agree in all of these."""

    starts_at: datetime
    channel: str
    platform: str
    held: frozenset[Held]
    said: frozenset[Said]
    first_at: datetime
    last_at: datetime
    decisions: int


def count_slots(scope: Scope) -> tuple[Slot, ...]:
    """Return the decisions of a scope by quarter hour, in order of time. One query."""
    template = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    rows = scope.decisions().values("decided_at", "channel", "platform", "evidence", "findings")
    decisions, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(template.format(decisions=decisions, codes=_CODES), parameters)
        found = cursor.fetchall()
    return tuple(sorted(_slots(found), key=lambda slot: slot.starts_at))


def _slots(rows: list[Any]) -> Iterator[Slot]:
    for starts_at, channel, platform, held, said, first_at, last_at, decisions in rows:
        yield Slot(
            _moment(starts_at),
            channel,
            platform,
            _held(held or ""),
            _said(said or ""),
            _moment(first_at),
            _moment(last_at),
            decisions,
        )


def _moment(value: str | datetime) -> datetime:
    """Return an aware moment of what a database has."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def _held(listed: str) -> frozenset[Held]:
    """Return the pieces of `provider mode verified,…`."""
    pieces = [each.split(" ") for each in listed.split(",") if each]
    return frozenset(Held(provider, mode, word == "true") for provider, mode, word in pieces)


@lru_cache(maxsize=4096)
def _said(listed: str) -> frozenset[Said]:
    """Return what `provider code,…` lists."""
    return frozenset(Said(*each.split(" ")) for each in listed.split(",") if each)
