"""Calls the REST interface as a back-end would, and holds every answer against the OpenAPI document."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client
from jsonschema_rs import Draft202012Validator

from compliance.api.v1.openapi import openapi_document
from compliance.core.problems import MEDIA_TYPE


@dataclass
class Caller:
    """A client with one key (None: signed out)."""

    key: str | None
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, query: Any = None, **headers: str) -> HttpResponse:
        return self._checked("get", path, query, headers=self._headers(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post_raw(path, raw, **headers)

    def post_raw(
        self, path: str, raw: bytes, content_type: str = "application/json", **headers: str
    ) -> HttpResponse:
        return self._checked(
            "post", path, raw, content_type=content_type, headers=self._headers(headers)
        )

    def call(self, method: str, path: str, **headers: str) -> HttpResponse:
        return cast(
            "HttpResponse",
            self.client.generic(method, path, headers=self._headers(headers)),
        )

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        own = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return own | {name.replace("_", "-"): value for name, value in headers.items()}

    def _checked(self, method: str, path: str, *arguments: Any, **more: Any) -> HttpResponse:
        response = cast("HttpResponse", getattr(self.client, method)(path, *arguments, **more))
        require_documented(method, path, response)
        return response


def require_documented(method: str, path: str, response: HttpResponse) -> None:
    """Fail if the document does not allow this answer to this call."""
    document = openapi_document().value
    operation = next(
        (
            methods[method]
            for template, methods in document["paths"].items()
            if method in methods and _fits(template, path)
        ),
        None,
    )
    media_type = response.headers["Content-Type"].partition(";")[0]
    if operation is None:
        assert response.status_code in {200, 404, 405, 401}, response.content
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{response.status_code} is not documented: {response.content!r}"
    assert media_type in described["content"]
    if media_type in {"application/json", MEDIA_TYPE}:
        schema = {
            **described["content"][media_type]["schema"],
            "components": document["components"],
        }
        Draft202012Validator(schema).validate(json.loads(response.content))


def _fits(template: str, path: str) -> bool:
    """Return whether the path is one of the template's; `{path}` takes the rest."""
    expected, given = template.split("/"), path.split("?", maxsplit=1)[0].split("/")
    if expected[-1] == "{path}":
        given = given[: len(expected)]
    return len(expected) == len(given) and all(
        part == actual or part.startswith("{") for part, actual in zip(expected, given, strict=True)
    )


def problem_of(response: HttpResponse) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem: dict[str, Any] = json.loads(response.content)
    assert problem["status"] == response.status_code
    assert problem["type"] == f"/problems/{problem['code']}"
    return problem


def pointers_of(response: HttpResponse) -> list[str]:
    """Return where a refusal says that something is wrong."""
    return [error["pointer"] for error in problem_of(response)["errors"]]
