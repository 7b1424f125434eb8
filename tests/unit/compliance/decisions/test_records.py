"""The writer's raw rows name the tables and columns that the models have."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from django.apps import apps

from compliance.decisions.records import TABLES, Table, evidence_json
from compliance.evidence.providers.shape import Appraisal, Mode
from tests.support.strategies import NOW


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_are_those_of_the_model(table: Table) -> None:
    (model,) = [each for each in apps.get_models() if each._meta.db_table == table.name]
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]

    assert sorted(table.columns) == sorted(str(field.column) for field in fields)
    is_json = {field.column for field in fields if field.get_internal_type() == "JSONField"}
    assert table.json_columns == is_json


def test_details_from_evidence_hold_no_nul() -> None:
    appraisal = Appraisal(
        provider="p",
        mode=Mode.RAW,
        verified=True,
        findings=(),
        digest="",
        observed_at=None,
        details={"package": "a\0b", "locked": True},
    )

    encoded = evidence_json((appraisal,), NOW)

    assert b"u0000" not in encoded
    assert b'"age_s":null' in encoded
