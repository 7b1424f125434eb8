"""The OpenAPI document: complete, sound, and what the server does."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import jsonschema_rs
import pytest
from django.urls import URLPattern
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.urls import urlpatterns
from compliance.api.v1.openapi import openapi_document
from compliance.core.problems import STATUS_OF
from compliance.tenants.models import Psp
from tests.api.caller import Caller
from tests.api.recorded import make_answer, threatened
from tests.support.factories import put_policy_in_force

# Stable: generated clients are named after them.
OPERATIONS = {
    "decide": ("post", "/v1/decisions"),
    "list_decisions": ("get", "/v1/decisions"),
    "read_decision": ("get", "/v1/decisions/{ref}"),
    "read_decision_proof": ("get", "/v1/decisions/{ref}/proof"),
    "record_outcome": ("post", "/v1/decisions/{ref}/outcomes"),
    "issue_challenge": ("post", "/v1/evidence/challenges"),
    "read_provider_scorecards": ("get", "/v1/evidence/providers"),
    "list_designs": ("get", "/v1/designs"),
    "draft_design": ("post", "/v1/designs"),
    "read_design": ("get", "/v1/designs/{version}"),
    "read_design_independence": ("get", "/v1/designs/{version}/independence"),
    "check_design": ("post", "/v1/designs/check"),
    "erase_payer": ("post", "/v1/erasures"),
    "list_sealing_keys": ("get", "/v1/sealing-keys"),
    "replay_decision": ("post", "/v1/decisions/{ref}/replay"),
    "list_reports": ("get", "/v1/reports"),
    "request_report": ("post", "/v1/reports"),
    "read_report": ("get", "/v1/reports/{ref}"),
    "download_report": ("get", "/v1/reports/{ref}/pdf"),
    "read_report_proof": ("get", "/v1/reports/{ref}/proof"),
    "download_report_bundle": ("get", "/v1/reports/{ref}/bundle"),
    "read_ledger": ("get", "/v1/ledger"),
    "read_checkpoint": ("get", "/v1/ledger/checkpoint"),
    "read_tile": ("get", "/v1/ledger/tile/{path}"),
    "read_consistency": ("get", "/v1/ledger/consistency"),
    "list_policy_sets": ("get", "/v1/policy-sets"),
    "draft_policy_set": ("post", "/v1/policy-sets"),
    "check_policy_set": ("post", "/v1/policy-sets/check"),
    "test_policy_set": ("post", "/v1/policy-sets/test"),
    "read_policy_set": ("get", "/v1/policy-sets/{version}"),
    "read_policy_set_difference": ("get", "/v1/policy-sets/{version}/difference"),
    "export_policy_set": ("get", "/v1/policy-sets/{version}/export"),
    "read_analysis": ("get", "/v1/policy-sets/{version}/analysis"),
    "request_analysis": ("post", "/v1/policy-sets/{version}/analysis"),
    "request_back_test": ("post", "/v1/policy-sets/{ref}/backtests"),
    "list_back_tests": ("get", "/v1/backtests"),
    "read_back_test": ("get", "/v1/backtests/{ref}"),
    "list_back_test_changes": ("get", "/v1/backtests/{ref}/changes"),
    "start_shadow": ("post", "/v1/policy-sets/{ref}/shadows"),
    "list_shadows": ("get", "/v1/shadows"),
    "read_shadow": ("get", "/v1/shadows/{ref}"),
    "list_shadow_changes": ("get", "/v1/shadows/{ref}/changes"),
    "stop_shadow": ("post", "/v1/shadows/{ref}/stop"),
    "list_waivers": ("get", "/v1/waivers"),
    "request_waiver": ("post", "/v1/waivers"),
    "read_waiver": ("get", "/v1/waivers/{ref}"),
    "revoke_waiver": ("post", "/v1/waivers/{ref}/revoke"),
    "list_property_waivers": ("get", "/v1/property-waivers"),
    "read_property_waiver": ("get", "/v1/property-waivers/{ref}"),
}


def document() -> dict[str, Any]:
    return openapi_document().value


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return every operation by its id."""
    return {
        operation["operationId"]: (method, path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_is_openapi_3_1_and_made_without_a_warning() -> None:
    validate_schema(document())  # type: ignore[no-untyped-call]

    assert document()["openapi"] == "3.1.0"
    assert not GENERATOR_STATS


def test_the_operations_and_their_names_are_stable() -> None:
    assert {name: (method, path) for name, (method, path, _) in operations().items()} == OPERATIONS


def test_every_address_is_documented() -> None:
    served = {
        "/v1/" + str(pattern.pattern).replace("<str:", "{").replace("<path:", "{").replace(">", "}")
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern) and str(pattern.pattern)
    }

    described_elsewhere = {"/v1/openapi.json", "/v1/schemas/{name}"}
    assert served - described_elsewhere == {path for _, path, _ in operations().values()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_needs_and_how_it_refuses(name: str) -> None:
    _, path, operation = operations()[name]

    assert operation["security"] == [{"apiKey": []}]
    assert "Scope of the key: `" in operation["description"]
    assert operation["summary"]
    assert {"400", "401", "403", "406", "500"} <= set(operation["responses"])
    assert "404" in operation["responses"] or "{" not in path
    assert all(response["description"] for response in operation["responses"].values())
    assert ALSO_REFUSES not in operation


def test_the_problem_codes_are_those_of_the_service() -> None:
    assert document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == sorted(
        STATUS_OF
    )


def test_the_generators_own_marks_are_gone() -> None:
    assert b"x-spec-enum-id" not in openapi_document().content


def examples() -> list[tuple[Any, Any]]:
    """Return every example with its schema."""
    return [
        (content["schema"], example["value"])
        for _, _, operation in operations().values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for example in content.get("examples", {}).values()
    ]


def test_every_example_is_valid_and_every_body_has_one() -> None:
    bodies = [1 for _, _, operation in operations().values() if "requestBody" in operation]

    assert len(examples()) >= len(bodies) == 13
    for schema, example in examples():
        whole = {**schema, "components": document()["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole)
        assert [error.message for error in validator.iter_errors(example)] == []


def test_the_decision_points_answer_is_as_the_document_says(psp: Psp) -> None:
    put_policy_in_force(psp)
    answer = make_answer(psp, **threatened("privilegedAccess"))
    described = operations()["decide"][2]["responses"]["201"]["content"]["application/json"]

    whole = {**described["schema"], "components": document()["components"]}

    validator = jsonschema_rs.Draft202012Validator(whole)
    assert [error.message for error in validator.iter_errors(answer)] == []


def test_everybody_may_read_the_document(signed_out: Caller) -> None:
    response = signed_out.get("/v1/openapi.json")

    assert response.status_code == 200
    assert json.loads(response.content) == document()
    assert "public" in response.headers["Cache-Control"]


def test_an_unchanged_document_is_not_sent_again(signed_out: Caller) -> None:
    etag = signed_out.get("/v1/openapi.json").headers["ETag"]

    response = signed_out.call("GET", "/v1/openapi.json", If_None_Match=etag)

    assert response.status_code == 304
    assert response.content == b""
