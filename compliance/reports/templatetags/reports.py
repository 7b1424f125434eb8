"""Filters of the report's template: numbers, durations, shares, moments, words."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Final

from django import template
from django.utils.html import format_html, format_html_join

from compliance.assessments import wording

register = template.Library()

_GROUP: Final = 8


@register.filter
def n(count: int) -> str:
    """Return a count with thin spaces between thousands."""
    return wording.number(count)


@register.filter
def secs(value: float | None) -> str:
    """Return seconds in the unit that fits."""
    return wording.seconds(value)


@register.filter
def share_of(count: int, of: int) -> str:
    """Return a share in per cent."""
    return wording.share(count, of)


@register.filter
def one_of(count: int, words: str) -> str:
    """Return the first of two words, such as `entry,entries`, for one thing, the second for others."""
    one, many = words.split(",")
    return wording.plural(count, one, many)


@register.filter
def utc(moment: datetime | None) -> str:
    """Return a moment as `2026-11-23 10:15:05 UTC`; a dash for None."""
    return wording.NOTHING if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


@register.filter
def minute(moment: datetime) -> str:
    """Return a moment as `2026-11-23 10:15 UTC`, of which no line breaks a part off."""
    return f"{moment:%Y-%m-%d %H:%M} UTC".replace(" ", wording.NO_BREAK)


@register.filter
def long_day(moment: datetime) -> str:
    """Return a day in prose, as `1 July 2026`."""
    return f"{moment.day} {moment:%B %Y}"


@register.filter
def last_day(end: datetime) -> str:
    """Return the last day of a period that ends before `end`, in prose."""
    return long_day(end - timedelta(microseconds=1))


@register.filter
def plain(word: str) -> str:
    """Return an identifier as words; "not stated" for an empty one."""
    return word.replace("_", " ") if word else "not stated"


@register.filter
def quoted(text: str) -> str:
    """Return a sentence with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return text
    pieces = (
        format_html("<code>{}</code>", part) if number % 2 else part
        for number, part in enumerate(parts)
    )
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@register.filter
def wrapping(text: str) -> str:
    """Return a digest or key with zero-width spaces, so that it may break across lines."""
    return "\u200b".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


@register.filter
def minus(count: int, less: int) -> int:
    """Return the difference of two counts."""
    return count - less
