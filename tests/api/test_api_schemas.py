"""The schemas of documents are for everybody, and are not sent twice."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import jsonschema_rs
import pytest

from policies.documents import (
    designs_schema,
    policy_set_schema,
    read_designs,
    read_policy_set,
    write_designs,
    write_policy_set,
)
from policies.packs import load_pack
from tests.api.caller import Caller

SCHEMAS = [("policy-set.json", policy_set_schema()), ("designs.json", designs_schema())]


@pytest.mark.parametrize(("name", "schema"), SCHEMAS)
def test_everybody_may_read_a_schema(signed_out: Caller, name: str, schema: dict[str, Any]) -> None:
    response = signed_out.get(f"/v1/schemas/{name}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/schema+json"
    assert "public" in response.headers["Cache-Control"]
    assert json.loads(response.content) == schema


@pytest.mark.parametrize("name", ["policy-set.json", "designs.json"])
def test_an_unchanged_schema_is_not_sent_again(signed_out: Caller, name: str) -> None:
    etag = signed_out.get(f"/v1/schemas/{name}").headers["ETag"]
    response = signed_out.call("GET", f"/v1/schemas/{name}", If_None_Match=etag)

    assert (response.status_code, response.content) == (304, b"")
    assert signed_out.call("GET", f"/v1/schemas/{name}", If_None_Match='"x"').status_code == 200


def test_an_unknown_schema_is_not_found(signed_out: Caller) -> None:
    assert signed_out.get("/v1/schemas/policy.json").status_code == 404


def test_what_the_service_accepts_fits_what_it_publishes(signed_out: Caller) -> None:
    policies, designs = (
        jsonschema_rs.Draft202012Validator(
            json.loads(signed_out.get(f"/v1/schemas/{name}").content)
        )
        for name, _schema in SCHEMAS
    )

    assert policies.is_valid(json.loads(write_policy_set(read_policy_set(load_pack("balanced")))))
    assert designs.is_valid(json.loads(write_designs(read_designs(load_pack("design-demo")))))
