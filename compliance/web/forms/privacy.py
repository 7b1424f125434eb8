"""The forms that erase a payer and say for how long records are kept."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.decisions.retention import LONGEST_DAYS

_LONGEST_REF: Final = 128
_KEEP: Final = (("days", _("For a number of days")), ("no_end", _("Until somebody erases them")))


class ErasureForm(forms.Form):
    """Whose decisions are to be unlinked."""

    payer_ref = forms.CharField(
        label=_("Payer reference"),
        max_length=_LONGEST_REF,
        strip=False,
        help_text=_("As your back-end sends it. It is not stored, and the page does not keep it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ErasureConfirmationForm(ErasureForm):
    """The same once more, with the word that it is understood."""

    payer_ref = forms.CharField(max_length=_LONGEST_REF, strip=False, widget=forms.HiddenInput)
    is_understood = forms.BooleanField(label=_("I understand that this cannot be undone"))


class RetentionForm(forms.Form):
    """For how long."""

    keep = forms.ChoiceField(label=_("Keep records"), choices=_KEEP, widget=forms.RadioSelect)
    days = forms.IntegerField(label=_("Days"), required=False, min_value=1, max_value=LONGEST_DAYS)

    def clean(self) -> dict[str, Any]:
        """Ask for the number where one is meant."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("keep") == "days" and data.get("days") is None and not self.has_error("days"):
            self.add_error("days", _("Enter a number of days."))
        return data

    def asked(self) -> int | None:
        """Return the days, None without end; only after the form was found valid."""
        is_limited = self.cleaned_data["keep"] == "days"
        days: int | None = self.cleaned_data["days"] if is_limited else None
        return days


class RetentionConfirmationForm(RetentionForm):
    """The same once more, with the word that it is understood."""

    keep = forms.ChoiceField(choices=_KEEP, widget=forms.HiddenInput)
    days = forms.IntegerField(
        required=False, min_value=1, max_value=LONGEST_DAYS, widget=forms.HiddenInput
    )
    is_understood = forms.BooleanField(
        label=_("I understand that what is erased cannot be had back")
    )
