"""Completes the OpenAPI document: the key, strict bodies, and the refusals of each operation."""
# SPDX-License-Identifier: Apache-2.0

from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema

from compliance.core.problems import MEDIA_TYPE, STATUS_OF

ALSO_REFUSES: Final = "x-refuses"
"""Extension under which a view names the codes that only its own operation has."""

_ANYWHERE: Final = ("invalid-query", "not-acceptable", "internal-error", "unavailable")
_WITH_KEY: Final = ("unauthenticated", "scope-too-small")
_WITH_PATH: Final = ("not-found",)
_WITH_BODY: Final = (
    "malformed-json",
    "invalid-request",
    "body-too-large",
    "unsupported-media-type",
    "limit-exceeded",
)
_PROBLEM: Final = {
    "type": "object",
    "description": "A refusal (RFC 9457). `code` is stable; texts are for people and may change.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(STATUS_OF)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901)"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class ApiSchema(AutoSchema):
    """Describes one operation."""

    def get_description(self) -> str:  # type: ignore[override]  # as AutoSchema's
        """Return the method's docstring, and which scopes its key needs."""
        text = str(super().get_description())
        scopes = getattr(self.view, "scopes", {}).get(self.method, ())
        named = " or ".join(f"`{scope}`" for scope in scopes)
        return f"{text}\n\nScope of the key: {named}." if named else text


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes API keys."""

    target_class = "compliance.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the PSP, such as `nf_live_…`; each operation names its "
            "scopes.",
        }


class StrictSerializerScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says that strict objects refuse members which they do not know."""

    target_class = "compliance.api.fields.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        """Return the object's schema."""
        own: Any = auto_schema._map_serializer  # noqa: SLF001 - the way that its manual names
        schema = own(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


def complete(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """Add what every operation has: refusals and the form of them (a drf-spectacular hook)."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    for operation in _operations(result):
        for status, codes in _refusals_of(operation).items():
            operation["responses"].setdefault(str(int(status)), _refusal(status, codes))
        for status, response in operation["responses"].items():
            response["description"] = response["description"] or HTTPStatus(int(status)).phrase
        operation["responses"] = dict(sorted(operation["responses"].items()))
    _drop_marks(result)
    return result


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation of the document."""
    for methods in result["paths"].values():
        yield from (operation for operation in methods.values() if isinstance(operation, dict))


def _refusals_of(operation: dict[str, Any]) -> dict[HTTPStatus, list[str]]:
    """Return the codes with which the operation may refuse, by status."""
    codes = [*_ANYWHERE, *operation.pop(ALSO_REFUSES, ())]
    codes += _WITH_KEY if operation.get("security") else ()
    codes += _WITH_BODY if "requestBody" in operation else ()
    in_path = any(parameter["in"] == "path" for parameter in operation.get("parameters", ()))
    codes += _WITH_PATH if in_path else ()
    by_status: dict[HTTPStatus, list[str]] = defaultdict(list)
    for code in sorted(set(codes)):
        by_status[STATUS_OF[code]].append(code)
    return by_status


def _refusal(status: HTTPStatus, codes: list[str]) -> dict[str, Any]:
    """Return the description of one kind of refusal."""
    named = ", ".join(f"`{code}`" for code in codes)
    response: dict[str, Any] = {
        "description": f"{status.phrase}: {named}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status is HTTPStatus.UNAUTHORIZED:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


def _drop_marks(value: Any) -> None:
    """Remove the generator's own marks of enumerations, which we leave where they are used."""
    if isinstance(value, dict):
        value.pop("x-spec-enum-id", None)
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            _drop_marks(inner)
