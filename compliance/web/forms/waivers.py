"""The forms that ask for a waiver, of a rule or of a property."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.core.problems import FieldProblem
from compliance.policysets.property_waivers import PropertyWaiverTerms
from compliance.policysets.waivers import WaiverTerms
from policies.model import Rule

_FIELDS: Final = {"expires_at": "last_day"}
"""Fields that the form has under another name."""

_LATEST: Final = date.max - timedelta(days=1)
"""The last day that has a day after it; the service refuses it like any day that is too late."""


def _text(label: Any, longest: int, **options: Any) -> forms.CharField:
    """Return a field for text."""
    return forms.CharField(label=label, max_length=longest, **options)


class _GrantForm(forms.Form):
    """Why something is set aside, what is done instead, and until when; it begins when approved."""

    reason = _text(_("Reason"), 1000, widget=forms.Textarea(attrs={"rows": 3}))
    compensating_control = _text(
        _("Compensating control"),
        1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is done instead in the meantime."),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("180 days at most."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def granted(self, *, now: datetime) -> dict[str, Any]:
        """Return what is asked for, with its times; only after the form was found valid."""
        data = {**self.cleaned_data}
        day = datetime.combine(min(data.pop("last_day"), _LATEST), time(), UTC)
        return data | {"starts_at": now, "expires_at": day + timedelta(days=1)}

    def say(self, problems: Iterable[FieldProblem]) -> None:
        """Show what the service objects to beside the fields."""
        for problem in problems:
            name = problem.pointer.removeprefix("/")
            field = _FIELDS.get(name, name)
            text = f"{problem.detail[:1].upper()}{problem.detail[1:]}."
            self.add_error(field if field in self.fields else None, text)


class WaiverRequestForm(_GrantForm):
    """Which rule, and for whom."""

    rule_id = forms.ChoiceField(label=_("Rule"))
    app_version = _text(_("App version"), 32, required=False)
    device_model = _text(_("Device model"), 64, required=False)
    channel = _text(
        _("Channel"), 64, required=False, help_text=_("At least one of these three is named.")
    )
    field_order = ("rule_id", "app_version", "device_model", "channel")

    def __init__(self, *args: Any, rules: Iterable[Rule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule_field = self.fields["rule_id"]
        if isinstance(rule_field, forms.ChoiceField):
            rule_field.choices = [
                (rule.id, f"{rule.title or rule.id} ({rule.id})") for rule in rules
            ]

    def terms(self, *, now: datetime) -> WaiverTerms:
        """Return what is asked for; only after the form was found valid."""
        return WaiverTerms(**self.granted(now=now))


class PropertyWaiverForm(_GrantForm):
    """Why a version may be in force although one of its properties is not proved."""

    def __init__(self, *args: Any, property_id: str, **kwargs: Any) -> None:
        # A page has a form for each property that stands in the way.
        super().__init__(*args, **{"auto_id": f"{property_id}-%s"} | kwargs)
        self._property_id = property_id

    def terms(self, *, version_ref: str, now: datetime) -> PropertyWaiverTerms:
        """Return what is asked for; only after the form was found valid."""
        return PropertyWaiverTerms(
            version_ref=version_ref, property_id=self._property_id, **self.granted(now=now)
        )
