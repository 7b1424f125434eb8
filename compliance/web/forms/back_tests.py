"""The form that asks for a back-test."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.backtests.services import LONGEST_PERIOD
from compliance.policysets.selectors import versions_of
from compliance.tenants.models import Psp


class AskedBackTest(NamedTuple):
    """A version, and the days that it shall be compared with."""

    version_ref: str
    start: datetime
    end: datetime


class BackTestRequestForm(forms.Form):
    """A version and a number of whole days before today."""

    version = forms.ChoiceField(label=_("Candidate"))
    days = forms.IntegerField(
        label=_("Days before today"), min_value=1, max_value=LONGEST_PERIOD.days, initial=30
    )

    def __init__(self, *args: Any, psp: Psp, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        field: Any = self.fields["version"]
        field.choices = [
            (each.version.ref, f"{each.version.name} {each.version.number}, {each.state.label}")
            for each in versions_of(psp, now=now)
        ]

    def asked(self) -> AskedBackTest:
        """Return what was asked for; only of a valid form."""
        midnight = self._now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight - timedelta(days=self.cleaned_data["days"])
        return AskedBackTest(self.cleaned_data["version"], start, midnight)
