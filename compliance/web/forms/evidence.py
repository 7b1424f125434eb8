"""The forms of how evidence is set up: a root to propose, the approval of its key, a provider's document."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from compliance.evidence.known_roots import KNOWN_ROOTS
from compliance.evidence.services import MAX_PEM
from compliance.web.forms.policies import EditorForm
from compliance.web.labels import PROVIDERS

_MAX_LABEL: Final = 200


class RootForm(forms.Form):
    """A root certificate, for which provider, and what people call it."""

    provider = forms.ChoiceField(
        label=_("Provider"), choices=[(name, PROVIDERS[name]) for name in sorted(KNOWN_ROOTS)]
    )
    label = forms.CharField(label=_("Name"), max_length=_MAX_LABEL)
    pem = forms.CharField(
        label=_("Certificate (PEM)"),
        max_length=MAX_PEM,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )
    demonstration = forms.BooleanField(
        label=_("Invented, for a demonstration"),
        help_text=_("All evidence under it is marked."),
        required=False,
    )


class KeyApprovalForm(forms.Form):
    """Which key was looked at, and the person's word that the proposal is somebody else's."""

    digest = forms.CharField(max_length=71, widget=forms.HiddenInput)
    not_mine = forms.BooleanField(
        label=_("I have compared the digest with its maker's, and did not propose this")
    )


class ProviderDocumentForm(EditorForm):
    """The document that sets up a provider."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 18

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("text", "").strip() and data.get("file") is None:
            raise ValidationError(_("Give a text or a file."))
        return data
