"""Parts of serializers: refuse what is unknown, read times and dates strictly."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WITHOUT_NUL = RegexValidator(r"^[^\x00]*$", "expected text without NUL characters")
_NUMBER = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses members which it does not know, each at its place."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values.

        Raises:
            ValidationError: if a member is unknown, or a known one is not valid.
        """
        if not isinstance(data, Mapping):
            kind = "null" if data is None else type(data).__name__
            raise serializers.ValidationError(
                {"non_field_errors": [f"expected an object, found {_KINDS.get(kind, kind)}"]}
            )
        unknown = {name: ["is not known here"] for name in data if name not in self.fields}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            raise serializers.ValidationError({**unknown, **detail}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


_KINDS = {
    "bool": "a boolean",
    "float": "a number",
    "int": "a number",
    "list": "an array",
    "str": "a string",
}


class Empty(StrictSerializer):
    """No members and no parameters at all."""


class TextField(serializers.CharField):
    """A string that was a string in JSON, kept as it is; no database takes NUL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)
        # In place of DRF's own rule, which the OpenAPI document would not show.
        kept = [v for v in self.validators if not isinstance(v, ProhibitNullCharactersValidator)]
        self.validators = [*kept, _WITHOUT_NUL]

    def to_internal_value(self, data: Any) -> str:
        """Return the text as it is."""
        if not isinstance(data, str):
            raise serializers.ValidationError("expected a string")
        return str(super().to_internal_value(data))


@extend_schema_field(
    {"type": "string", "format": "date-time", "examples": ["2026-11-23T10:15:04Z"]}
)
class TimeField(serializers.CharField):
    """A moment in RFC 3339 form with its offset; read into UTC."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the aware moment in UTC."""
        if not isinstance(data, str) or not _TIME.fullmatch(data):
            raise serializers.ValidationError(
                "expected a time in RFC 3339 form, such as 2026-11-23T10:15:04Z"
            )
        try:
            return datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise serializers.ValidationError("expected a time that exists") from error


@extend_schema_field({"type": "string", "format": "date", "examples": ["2026-11-23"]})
class DayField(serializers.CharField):
    """A calendar day in RFC 3339 form."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the date."""
        if not isinstance(data, str) or not _DATE.fullmatch(data):
            raise serializers.ValidationError("expected a date such as 2026-11-23")
        try:
            return date.fromisoformat(data)
        except ValueError as error:
            raise serializers.ValidationError("expected a date that exists") from error


class WholeNumberField(serializers.IntegerField):
    """A whole number in a query string: decimal digits without sign or leading zero."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, str) or not _NUMBER.fullmatch(data):
            raise serializers.ValidationError("expected a whole number")
        return int(data)
