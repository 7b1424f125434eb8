"""The forms of a design's text: what it starts from, and that a checked text is put in force."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.web.forms.policies import PACK, VERSION, EditorForm

DESIGN_PACKS: Final = (
    ("design-demo", _("App PIN and device key")),
    ("design-one-phone", _("PIN, key and fingerprint on one phone")),
)
"""The ready designs and what they are called."""


class DesignStartForm(forms.Form):
    """What a new version starts from: an earlier version, or a ready design."""

    start = forms.ChoiceField(label=_("Start from"), required=False)

    def __init__(self, *args: Any, versions: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earlier = [(f"{VERSION}{number}", f"{name} {number}") for number, name in versions]
        packs = [(f"{PACK}{name}", title) for name, title in DESIGN_PACKS]
        field: Any = self.fields["start"]
        field.choices = [
            *([(_("Versions"), earlier)] if earlier else []),
            (_("Ready designs"), packs),
        ]


class RefusalForm(forms.Form):
    """Why a version is refused."""

    reason = forms.CharField(
        label=_("Why it is refused"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class DesignEditorForm(EditorForm):
    """The text of a design; `checked_digest` names the one that was shown analysed."""

    checked_digest = forms.CharField(max_length=71, required=False, widget=forms.HiddenInput)
