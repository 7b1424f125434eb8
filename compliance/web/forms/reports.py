"""The form that asks for a report."""
# SPDX-License-Identifier: Apache-2.0

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.web.forms.periods import PeriodForm
from compliance.web.periods import PRESET_NAMES, Preset


class ReportRequestForm(PeriodForm):
    """What a report shall be about."""

    period = forms.ChoiceField(
        label=_("Period"),
        choices=PRESET_NAMES,
        widget=forms.RadioSelect,
        initial=Preset.LAST_QUARTER,
    )
