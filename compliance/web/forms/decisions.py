"""The filter over decisions; it lives in the address, so that a view can be sent to a colleague."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.decisions.selectors import DecisionFilter
from compliance.web.labels import LABELS
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, FAMILIES, FAMILY_SUFFIX

_MOMENT: Final = "%Y-%m-%dT%H:%M"


class Chip(NamedTuple):
    """One part of the filter in words, and the name of the field that it comes from."""

    name: str
    label: str
    value: str


def _moment(label: Any) -> forms.DateTimeField:
    """Return a field for a moment in UTC."""
    widget = forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, required=False, widget=widget)


def _text(label: Any, *, size: int = 128) -> forms.CharField:
    """Return a field for one exact value."""
    return forms.CharField(label=label, required=False, max_length=size)


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    """Return a field for one of the domain's values."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", _("any")), *choices],
    )


def _findings() -> list[tuple[str, Any]]:
    """Return the catalogue by family, each with the family itself first."""
    return [
        (
            family.removesuffix(FAMILY_SUFFIX),
            [
                (family, f"{family.removesuffix(FAMILY_SUFFIX)}: any"),
                *((code, f"{CATALOGUE[code].title} ({code})") for code in codes),
            ],
        )
        for family, codes in FAMILIES.items()
    ]


class DecisionFilterForm(forms.Form):
    """Every field narrows the list; an empty one does nothing."""

    start = _moment(_("From (UTC)"))
    end = _moment(_("Before (UTC)"))
    effect = _choice(_("Effect"), [(k, v.word) for k, v in LABELS["effect"].items()])
    disposition = _choice(_("Disposition"), [(k, v.word) for k, v in LABELS["disposition"].items()])
    finding = _choice(_("Finding present"), _findings())
    rule = _text(_("Rule that counted"), size=64)
    channel = _text(_("Channel"), size=64)
    method = _text(_("Method"), size=64)
    platform = _text(_("Platform"), size=32)
    app_version = _text(_("App version"), size=32)
    environment_class = _choice(
        _("Environment"),
        [(value, value.replace("_", " ")) for value in ENVIRONMENT_FIELDS["class"]],
    )
    device_ref = _text(_("Device reference"))
    payer_ref = _text(_("Payer reference"))
    support_ref = _text(_("Support reference"), size=9)

    FREQUENT: Final = ("start", "end", "effect", "disposition", "finding", "support_ref")
    """Fields that are always in sight; the others unfold."""

    def frequent(self) -> list[forms.BoundField]:
        """Return the fields that are always in sight."""
        return [self[name] for name in self.FREQUENT]

    def others(self) -> list[forms.BoundField]:
        """Return the fields that unfold."""
        return [self[name] for name in self.fields if name not in self.FREQUENT]

    def has_others(self) -> bool:
        """Return whether one of the folded fields is in use or wrong, so that they must show."""
        return any(field.data or field.errors for field in self.others())

    def filters(self) -> DecisionFilter:
        """Return the filter; only after the form was found valid."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return DecisionFilter(**given)

    def chips(self) -> Iterator[Chip]:
        """Yield each part of the filter in words."""
        for name, value in self.cleaned_data.items():
            if value:
                yield Chip(name, str(self.fields[name].label), self._in_words(name, value))

    def _in_words(self, name: str, value: str | datetime) -> str:
        """Return a value as the form shows it."""
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M")
        if name in {"effect", "disposition"}:
            return str(LABELS[name][value].word)
        return value.replace("_", " ") if name == "environment_class" else value
