"""Forms that ask for a period: by name, or by its first and last day."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.reports.services import LONGEST_PERIOD
from compliance.web.periods import PRESET_NAMES, Period, Preset, period_of


def _day(label: Any) -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget)


class PeriodForm(forms.Form):
    """A period by name, or by its first and last day (both belong to it)."""

    period = forms.ChoiceField(label=_("Period"), choices=PRESET_NAMES)
    first_day = _day(_("First day"))
    last_day = _day(_("Last day"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def clean(self) -> dict[str, Any]:
        """Turn the answer into a period, or say what is missing."""
        data: dict[str, Any] = super().clean() or {}
        preset = data.get("period")
        if preset and preset != Preset.CUSTOM:
            data["asked"] = period_of(Preset(preset), now=self._now)
        elif preset:
            self._clean_days(data)
        return data

    def _clean_days(self, data: dict[str, Any]) -> None:
        """Check the two days; a period ends now at the latest, for nobody knows the future."""
        first, last = data.get("first_day"), data.get("last_day")
        if first is None or last is None:
            for name in ("first_day", "last_day"):
                if data.get(name) is None and not self.has_error(name):
                    self.add_error(name, _("Enter a day."))
            return
        start = datetime.combine(first, time(), UTC)
        # Compared before the day is added: the last day of the calendar has none after it.
        is_over = last < self._now.astimezone(UTC).date()
        end = datetime.combine(last, time(), UTC) + timedelta(days=1) if is_over else self._now
        if last < first:
            self.add_error("last_day", _("The last day is before the first."))
        elif start >= self._now:
            self.add_error("first_day", _("The period has not begun yet."))
        else:
            data["asked"] = Period(start, end)

    def asked(self) -> Period:
        """Return the period; only after the form was found valid."""
        period: Period = self.cleaned_data["asked"]
        return period


class ShownPeriodForm(PeriodForm):
    """A period of which a page shows figures: no longer than a report's."""

    def clean(self) -> dict[str, Any]:
        """Refuse what is too long to be shown."""
        data = super().clean()
        asked = data.get("asked")
        if asked is not None and asked.end - asked.start > LONGEST_PERIOD:
            days = LONGEST_PERIOD.days
            self.add_error(
                "first_day", _("Enter a period of %(days)d days at most.") % {"days": days}
            )
        return data
