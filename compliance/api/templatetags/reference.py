"""Texts of the OpenAPI document and of problems, on pages."""
# SPDX-License-Identifier: Apache-2.0

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_CODE = re.compile(r"`([^`]*)`")


@register.filter
def with_code(text: object) -> SafeString:
    """Return the text with `what stands in backticks` as code; everything else is escaped."""
    parts = _CODE.split(str(text))
    shown = (
        format_html("<code>{}</code>", part) if number % 2 else format_html("{}", part)
        for number, part in enumerate(parts)
    )
    return mark_safe("".join(shown))  # noqa: S308 - each part was escaped above
