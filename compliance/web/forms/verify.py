"""The public form that takes a report to be verified."""
# SPDX-License-Identifier: Apache-2.0

from django import forms
from django.utils.translation import gettext_lazy as _


class VerifyForm(forms.Form):
    """A report with its proof, or the bundle that holds both."""

    report = forms.FileField(
        label=_("Report (PDF) or bundle (ZIP)"),
        help_text=_("At most 64 MB. It is looked at and forgotten; nothing is stored."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.zip"}),
    )
    proof = forms.FileField(
        label=_("Proof (.tlog-proof)"),
        help_text=_("Not needed with a bundle, which has it inside."),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".tlog-proof"}),
    )
