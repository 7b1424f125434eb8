"""How often each rule of the policy set determined a decision."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Final

from django.db import connection

from compliance.assessments.scope import Scope

_SQLITE: Final = """
SELECT decision.policy_number, rule.value, COUNT(*)
FROM ({decisions}) decision, json_each(decision.determining_rules) rule GROUP BY 1, 2
"""
_POSTGRESQL: Final = """
SELECT decision.policy_number, rule, COUNT(*)
FROM ({decisions}) decision, jsonb_array_elements_text(decision.determining_rules) rule
GROUP BY 1, 2
"""


def count_rules(scope: Scope) -> Mapping[tuple[int, str], int]:
    """Return how many decisions each (policy version, rule) determined."""
    template = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    rows = scope.decisions().values("policy_number", "determining_rules")
    decisions, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(template.format(decisions=decisions), parameters)
        return {(number, rule): count for number, rule, count in cursor.fetchall()}
