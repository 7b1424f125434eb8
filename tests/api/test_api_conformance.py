"""The OpenAPI document against the running Django part: generated calls, good and bad."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from compliance.tenants.models import Psp
from compliance.wsgi import application
from tests.api.recorded import make_decision, threatened
from tests.support.factories import make_api_key, put_design_in_force, put_policy_in_force

EXAMPLES = 10

NOT_IN_A_SCHEMA = {
    "/v1/ledger/consistency": "the sizes have an order, and the log has an end",
    "/v1/policy-sets": "the body is a policy set",
    "/v1/policy-sets/test": "the body is a policy set",
    "/v1/waivers": "the rule exists, and the times have an order",
    "/v1/property-waivers": "a cursor is one that a page gave",
    "/v1/evidence/providers": "the days have an order",
    "/v1/reports": "the days have an order and are in the past",
    "/v1/backtests": "a cursor is one that a page gave",
    "/v1/shadows": "a cursor is one that a page gave",
    "/v1/decisions": "a cursor is one that a page gave",
    "/v1/designs": "a cursor is one that a page gave",
    "/v1/designs/{version}/independence": "the component is one of the design",
    "/v1/decisions/{ref}/outcomes": "the time is in the past",
}
"""Addresses with rules between values: what fits the schema may be refused."""

# `POST /v1/decisions` is the decision point's, which WSGI does not reach; OpenAPI knows no
# parameter that holds slashes, so that nothing can be generated for tiles.
described = schemathesis.openapi.from_wsgi("/v1/openapi.json", application).exclude(
    operation_id=["decide", "read_tile"]
)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's connection open between requests, as Django's own test client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def key(psp: Psp) -> str:
    """The key of a PSP that has something to be found."""
    put_policy_in_force(psp)
    put_design_in_force(psp)
    make_decision(psp, **threatened("privilegedAccess"))
    return make_api_key(psp)


@described.parametrize()
@settings(max_examples=EXAMPLES)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case[Any], key: str) -> None:
    has_more_rules = case.operation.path in NOT_IN_A_SCHEMA
    excluded: list[Any] = [positive_data_acceptance] if has_more_rules else []
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded)
