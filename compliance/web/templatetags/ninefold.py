"""What templates need to show values of the domain: times, numbers, words, statuses."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django import template
from django.core.exceptions import PermissionDenied
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.web.access import Seat, seat_of
from compliance.web.labels import ASSURANCES, MODES, PROVIDERS, label_of
from policies.vocabulary.actions import ACTIONS
from policies.vocabulary.findings import CATALOGUE

register = template.Library()

_NARROW_SPACE: Final = "\u202f"
_HEADLINES: Final = {
    "permit": gettext_lazy("Permitted"),
    "step_up": gettext_lazy("Step-up required"),
    "hold": gettext_lazy("Held for review"),
    "deny": gettext_lazy("Denied"),
}
_CURRENCY: Final = re.compile(r"_(eur|usd|gbp|chf|sek|dkk|nok|pln|czk|huf|ron|bgn)$")
_WIDE: Final = 160
_AGES: Final = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@register.simple_tag(takes_context=True)
def current_seat(context: Context) -> Seat | None:
    """Return where the person sits, on pages of others (account, errors) too; None for the public."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return None
    try:
        return getattr(request, "seat", None) or seat_of(request)
    except PermissionDenied:
        return None


@register.simple_tag
def status(kind: str, value: object) -> SafeString:
    """Return a status as word, shape and colour."""
    label = label_of(kind, value)
    modifier = f" tag--{label.tone}" if label.tone else ""
    return format_html('<span class="tag{}">{}</span>', modifier, label.word)


@register.filter
def word(value: object, kind: str) -> str:
    """Return the word of a status alone."""
    return str(label_of(kind, value).word)


@register.filter
def moment(value: datetime, precision: str = "seconds") -> SafeString:
    """Return a moment in UTC as `<time>`.

    `precision` is that of `isoformat`, or `date`, `clock` (beside a date), `row` (in a column
    whose heading says that it is UTC).
    """
    utc = value.astimezone(UTC)
    machine = utc.isoformat().replace("+00:00", "Z")
    if precision == "date":
        shown = utc.strftime("%-d %B %Y")
    elif precision == "row":
        shown = utc.strftime("%Y-%m-%d %H:%M:%S")
    elif precision == "clock":
        shown = utc.strftime("%H:%M:%S.") + f"{utc.microsecond // 1000:03d}"
    else:
        shown = utc.replace(tzinfo=None).isoformat(sep=" ", timespec=precision) + " UTC"
    return format_html('<time datetime="{}">{}</time>', machine, shown)


@register.filter
def number(value: float | Decimal) -> str:
    """Return a number with its thousands apart by a narrow space (ISO 80000-1)."""
    return f"{value:,}".replace(",", _NARROW_SPACE)


@register.filter
def share_of(part: int, whole: int) -> str:
    """Return a share in per cent with one decimal; nothing of nothing is a dash."""
    return "–" if not whole else f"{100 * part / whole:.1f}{_NARROW_SPACE}%"


@register.filter
def span(seconds: float) -> str:
    """Return a span of time in its largest unit, such as `14 min`."""
    size, unit = next(((s, u) for s, u in _AGES if abs(seconds) >= s), (1, "s"))
    is_fine = unit == "s" and seconds < 10 and seconds != int(seconds)
    amount = f"{seconds:.1f}" if is_fine else f"{int(seconds // size)}"
    return f"{amount}{_NARROW_SPACE}{unit}"


@register.filter
def since(earlier: datetime, now: datetime) -> str:
    """Return how long ago a moment was, seen from `now`."""
    return span(max(0, int((now - earlier).total_seconds())))


@register.filter
def after(moment: datetime, start: datetime) -> str:
    """Return how long after `start` something was."""
    return span(max(0.0, (moment - start).total_seconds()))


@register.filter
def last_day(end: datetime) -> datetime:
    """Return the last moment of a period that ends before `end`."""
    return end - timedelta(microseconds=1)


@register.filter
def headline(effect: str) -> str:
    """Return what happened, in one word."""
    return str(_HEADLINES.get(effect, effect))


@register.filter
def lower_first(text: str) -> str:
    """Return a title for the middle of a sentence; abbreviations stay as they are."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


@register.filter
def tail(ref: str) -> str:
    """Return the end of a reference, which tells neighbours in time apart."""
    kind, _separator, rest = ref.partition("_")
    return f"{kind}_…{rest[-8:]}"


@register.filter
def words(value: object) -> str:
    """Return an identifier as words."""
    return str(value).replace("_", " ")


@register.filter
def attribute(name: str) -> str:
    """Return an attribute's name as a label, such as "Amount (EUR)" for `amount_eur`."""
    text = _CURRENCY.sub(lambda found: f" ({found[1].upper()})", name)
    text = text.replace("_", " ").replace("os version", "OS version")
    return text[:1].upper() + text[1:]


@register.filter
def short(value: object) -> str:
    """Return the first characters of a digest or hash, enough to compare by eye."""
    text = str(value)
    kind, colon, rest = text.partition(":")
    return f"{kind}:{rest[:10]}…" if colon else f"{text[:12]}…"


@register.filter
def hex_of(value: bytes | memoryview) -> str:
    """Return bytes in hexadecimal."""
    return bytes(value).hex()


@register.filter
def finding_title(code: str) -> str:
    """Return what a finding's code means, in words."""
    type_ = CATALOGUE.get(code)
    return type_.title if type_ else code


@register.filter
def action_title(action: str) -> str:
    """Return what an action is called, with a capital letter."""
    type_ = ACTIONS.get(action)
    title = type_.title if type_ else action
    return title[:1].upper() + title[1:]


@register.filter
def assurance_meaning(level: str) -> str:
    """Return what a level of assurance stands for."""
    return str(ASSURANCES.get(level, level))


@register.filter
def mode_meaning(mode: str) -> str:
    """Return how evidence came to us."""
    return str(MODES.get(mode, mode))


@register.filter
def provider_name(provider: str) -> str:
    """Return a provider's own name."""
    return str(PROVIDERS.get(provider, provider))


@register.filter
def yes_no(value: object) -> object:
    """Return truth values as words and everything else as it is."""
    return (_("yes") if value else _("no")) if isinstance(value, bool) else value


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
def full_sentence(text: str) -> str:
    """Return a domain error's text as a sentence: capital letter, full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


@register.filter
def json_text(value: Any, indent: str = "") -> str:
    """Return a JSON value for reading: what fits a line stands in one line."""
    compact = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(compact) <= _WIDE:
        return compact
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{json.dumps(key)}: {json_text(each, inner)}" for key, each in value.items()]
        opening, closing = "{", "}"
    else:
        lines = [json_text(each, inner) for each in value]
        opening, closing = "[", "]"
    body = ",\n".join(f"{inner}{line}" for line in lines)
    return f"{opening}\n{body}\n{indent}{closing}"
