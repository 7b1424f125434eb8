"""Reads bodies and query strings within bounds; what is wrong is named by its JSON pointer."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

import msgspec
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from compliance.api.errors import (
    BodyTooLargeError,
    InvalidQueryError,
    InvalidRequestError,
    LimitExceededError,
    MalformedJsonError,
    UnsupportedMediaTypeError,
)
from compliance.core.problems import FieldProblem

BODY_LIMIT: Final = 256 * 1024
"""Largest body in bytes (interface.md, "Input limits")."""

DEPTH_LIMIT: Final = 32
"""Deepest nesting of arrays and objects (interface.md, "Input limits")."""

_ERRORS_LIMIT: Final = 50


def parsed_body(request: Request, kind: type["Serializer[Any]"]) -> dict[str, Any]:
    """Return the body's validated values; an absent body is an empty object.

    Raises:
        RequestError: if it is too large, no JSON, too deep, or of another shape than `kind`.
    """
    raw = request.read(BODY_LIMIT + 1)
    if len(raw) > BODY_LIMIT:
        raise BodyTooLargeError(limit=BODY_LIMIT)
    if raw and not _is_plain_json(request):
        raise UnsupportedMediaTypeError("send `Content-Type: application/json`, not compressed")
    serializer = kind(data=_decoded(raw) if raw else {})
    if not serializer.is_valid():
        raise InvalidRequestError("the body is not valid", _listed(serializer.errors))
    return dict(serializer.validated_data)


def parsed_query(parameters: QueryDict, kind: type["Serializer[Any]"]) -> dict[str, Any]:
    """Return the validated query parameters.

    Raises:
        InvalidQueryError: if one is unknown, given twice, or not valid.
    """
    repeated = [name for name, values in parameters.lists() if len(values) > 1]
    if repeated:
        errors = [FieldProblem(_pointer(name), "is given more than once") for name in repeated]
        raise InvalidQueryError("the query is not valid", errors[:_ERRORS_LIMIT])
    serializer = kind(data=parameters.dict())
    if not serializer.is_valid():
        raise InvalidQueryError("the query is not valid", _listed(serializer.errors))
    return dict(serializer.validated_data)


def _is_plain_json(request: Request) -> bool:
    """Return whether the body says to be JSON; parameters do not matter (RFC 8259: UTF-8)."""
    media_type = str(request.content_type).partition(";")[0].strip().lower()
    encoding = request.headers.get("Content-Encoding", "identity")
    return media_type == "application/json" and encoding == "identity"


def _decoded(raw: bytes) -> Any:
    """Return the JSON value; numbers that do not exist (NaN, infinity) are malformed."""
    try:
        value = msgspec.json.decode(raw)
    except RecursionError as error:
        raise LimitExceededError(f"the body is nested deeper than {DEPTH_LIMIT}") from error
    except ValueError as error:
        raise MalformedJsonError(f"the body is not JSON in UTF-8: {error}") from error
    if _is_too_deep(value):
        raise LimitExceededError(f"the body is nested deeper than {DEPTH_LIMIT}")
    # The fast reader keeps the last of two members of one name; which one counts would be a guess.
    json.loads(raw, object_pairs_hook=_require_names_once)
    return value


def _require_names_once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that names a member twice."""
    names = Counter(name for name, _ in pairs)
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        problems = [FieldProblem("", f"`{name[:80]}` is given twice") for name in repeated]
        raise InvalidRequestError("the body is not valid", problems[:_ERRORS_LIMIT])


def _is_too_deep(value: Any) -> bool:
    """Return whether arrays and objects are nested more than `DEPTH_LIMIT` deep."""
    level = _containers([value])
    for _ in range(DEPTH_LIMIT):
        level = [inner for outer in level for inner in _containers(_members(outer))]
    return bool(level)


def _containers(values: Iterable[Any]) -> list[Any]:
    """Return the arrays and objects among `values`."""
    return [value for value in values if isinstance(value, list | dict)]


def _members(container: Any) -> Iterable[Any]:
    """Return what an array or object holds."""
    return container.values() if isinstance(container, dict) else container


def _listed(errors: Any) -> list[FieldProblem]:
    """Return DRF's nested errors as a flat list in document order, not without end."""
    return list(islice(_flattened(errors, ""), _ERRORS_LIMIT))


def _flattened(errors: Any, place: str) -> Iterator[FieldProblem]:
    """Yield one problem for each message below `place`; items of lists are keyed by their index."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            is_own = name == "non_field_errors"
            yield from _flattened(inner, place if is_own else place + _pointer(str(name)))
    else:
        yield from (FieldProblem(place, _sentence(error)) for error in errors)


def _pointer(name: str) -> str:
    """Return one step of a JSON pointer (RFC 6901); an absurdly long name is cut."""
    return "/" + name[:200].replace("~", "~0").replace("/", "~1")


def _sentence(message: str) -> str:
    """Return DRF's message in our form: lower case, no full stop."""
    text = str(message).rstrip(".")
    return text[:1].lower() + text[1:]
