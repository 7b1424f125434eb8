"""Policy sets as bodies of requests: read within bounds, and what is wrong with them."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from rest_framework.request import Request

from compliance.api.errors import (
    BodyTooLargeError,
    InvalidRequestError,
    UnsupportedMediaTypeError,
)
from compliance.core.problems import FieldProblem
from policies.documents import MAX_BYTES, DocumentError, PolicyDocumentError

EXAMPLE: Final = {
    "schema": 1,
    "name": "Mobile app SCA",
    "rules": [
        {
            "id": "rooted",
            "title": "Altered device",
            "answers": ["9(2)", "9(3)(c)"],
            "when": {"finding": "device.rooted"},
            "effect": "deny",
        }
    ],
    "otherwise": "permit",
}
"""A policy set, for the OpenAPI document."""

_MEDIA_TYPES: Final = frozenset({"application/json", "application/yaml"})


def policy_source(request: Request) -> bytes:
    """Return the body as it is; an absent one is an empty document.

    Raises:
        BodyTooLargeError: if it is longer than a policy set can be.
        UnsupportedMediaTypeError: if it is neither JSON nor YAML, or compressed.
    """
    raw: bytes = request.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BodyTooLargeError(limit=MAX_BYTES)
    media_type = str(request.content_type).partition(";")[0].strip().lower()
    encoding = request.headers.get("Content-Encoding", "identity")
    is_known = media_type in _MEDIA_TYPES and encoding == "identity"
    if raw and not is_known:
        named = " or ".join(f"`{each}`" for each in sorted(_MEDIA_TYPES))
        raise UnsupportedMediaTypeError(f"send `Content-Type:` {named}, not compressed")
    return raw


def invalid_policy_set(error: PolicyDocumentError) -> InvalidRequestError:
    """Return the refusal of a policy set."""
    return invalid_document("the policy set is not valid", error)


def invalid_document(detail: str, error: DocumentError) -> InvalidRequestError:
    """Return the refusal of a document: each problem at its pointer, with the line in words."""
    problems = [
        FieldProblem(each.pointer, f"line {each.line}: {each.detail}" if each.line else each.detail)
        for each in error.problems
    ]
    return InvalidRequestError(detail, problems)
