"""Describes `POST /v1/decisions` in the OpenAPI document, from the decision point's own types."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

import msgspec

from compliance.api.documentation import ALSO_REFUSES
from compliance.decisions.wire import DecisionAnswer, DecisionRequest

_PATH: Final = "/v1/decisions"
_REFUSES: Final = (
    "invalid-attributes",
    "limit-exceeded",
    "no-policy-in-force",
    "unavailable",
    "unknown-sealing-key",
)
_EXAMPLE: Final = {
    "transaction": {"ref": "tx-81723", "channel": "mobile-app", "method": "app-pin-push"},
    "subject": {"payer_ref": "c-5501", "device_ref": "d-9f8e"},
    "device": {"platform": "android", "os_version": "14", "app_version": "7.3.1"},
    "elements": ["knowledge", "possession"],
    "environment": {"class": "tee", "delivery": "just_in_time"},
    "attributes": {"amount_eur": "129.90", "payee_known": False, "purpose": "payment"},
    "evidence": [
        {
            "provider": "freerasp",
            "mode": "reported",
            "payload": {"threats": ["privilegedAccess"], "all_checks_finished": True},
            "observed_at": "2026-11-23T10:15:05Z",
        }
    ],
}


def add_decision_point(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """Add the operation and its types (a drf-spectacular hook, before `documentation.complete`)."""
    (request, answer), schemas = msgspec.json.schema_components(
        [DecisionRequest, DecisionAnswer], ref_template="#/components/schemas/{name}"
    )
    known = result.setdefault("components", {}).setdefault("schemas", {})
    doubled = sorted(set(known) & set(schemas))
    if doubled:
        raise RuntimeError(f"two schemas have one name: {', '.join(doubled)}")
    known.update(schemas)
    result["paths"].setdefault(_PATH, {})["post"] = _operation(request, answer)
    return result


def _operation(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return the description of the operation."""
    return {
        "operationId": "decide",
        "summary": "Decide on one authentication",
        "description": "The decision and its staged ledger entry are durable before the answer "
        "leaves. Only `for_device` is meant for the app.\n\nScope of the key: `decide`.",
        "tags": ["decisions"],
        "security": [{"apiKey": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": request,
                    "examples": {"RootedDevice": {"value": _EXAMPLE}},
                }
            },
        },
        "responses": {
            "201": {
                "description": "Decided",
                "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": answer}},
            }
        },
        ALSO_REFUSES: list(_REFUSES),
    }
