"""Reads what tests need out of a page."""
# SPDX-License-Identifier: Apache-2.0

import re
from html import unescape

_LINK = re.compile(r"<a\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def links_of(text: str, css_class: str = "") -> list[str]:
    """Return where the links of a page lead, in order; only those of a class, if one is named."""
    found = []
    for link in _LINK.findall(text):
        attributes = dict(_ATTRIBUTE.findall(link))
        if not css_class or css_class in attributes.get("class", "").split():
            found.append(unescape(attributes.get("href", "")))
    return found


def rows_of(text: str) -> list[list[str]]:
    """Return the classes of each cell of the body rows of the first table."""
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        re.findall(r'<td(?: class="([^"]*)")?', row) for row in body.split("</tr>") if "<td" in row
    ]


def text_of(text: str) -> str:
    """Return a page's words, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
