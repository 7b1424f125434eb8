"""The forms of a version's life: what was looked at, and from when it is in force."""
# SPDX-License-Identifier: Apache-2.0

from django import forms
from django.utils.translation import gettext_lazy as _


class ApprovalForm(forms.Form):
    """Which text was looked at, and the person's word that it is somebody else's."""

    digest = forms.CharField(max_length=71, widget=forms.HiddenInput)
    not_mine = forms.BooleanField(label=_("I have read the difference, and did not write this"))


class ScheduleForm(forms.Form):
    """From when the version is in force; now, where nothing is said."""

    active_from = forms.DateTimeField(
        label=_("In force from (UTC)"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
