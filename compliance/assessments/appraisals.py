"""Evidence as it was appraised: by provider, how much of it verified, and how old it was."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from typing import Final

from django.db import connection

from compliance.assessments.model import ProviderFigure
from compliance.assessments.quantiles import quantiles_of
from compliance.assessments.scope import Scope

_SQLITE: Final = """
SELECT json_extract(item.value, '$.provider'), json_extract(item.value, '$.mode'),
       json_extract(item.value, '$.verified'),
       CAST(ROUND(json_extract(item.value, '$.age_s')) AS INTEGER), COUNT(*)
FROM ({decisions}) decision, json_each(decision.evidence) item GROUP BY 1, 2, 3, 4
"""
_POSTGRESQL: Final = """
SELECT item ->> 'provider', item ->> 'mode', (item ->> 'verified')::boolean,
       ROUND((item ->> 'age_s')::numeric)::bigint, COUNT(*)
FROM ({decisions}) decision, jsonb_array_elements(decision.evidence) item GROUP BY 1, 2, 3, 4
"""


def count_evidence(scope: Scope) -> tuple[tuple[ProviderFigure, ...], dict[float, int]]:
    """Return the figures by provider and mode, and how often each age (s) occurs overall.

    Grouping by whole seconds keeps the answer small however many rows there are; quantiles
    over these groups are exact.
    """
    items: dict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    ages: dict[tuple[str, str], Counter[float]] = defaultdict(Counter)
    overall: Counter[float] = Counter()
    for provider, mode, verified, age, count in _rows(scope):
        key = (str(provider), str(mode))
        items[key][bool(verified)] += count
        if age is not None:
            ages[key][max(0, age)] += count
            overall[max(0, age)] += count
    figures = tuple(
        ProviderFigure(
            provider=provider,
            mode=mode,
            items=counts.total(),
            verified=counts[True],
            age_s=quantiles_of(ages[provider, mode]),
            ages=ages[provider, mode],
        )
        for (provider, mode), counts in sorted(items.items())
    )
    return figures, dict(overall)


def _rows(scope: Scope) -> list[tuple[str, str, bool, int | None, int]]:
    """Return (provider, mode, verified, age in s, count), counted by the database."""
    template = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    decisions, parameters = scope.decisions().values("evidence").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(template.format(decisions=decisions), parameters)
        return list(cursor.fetchall())
