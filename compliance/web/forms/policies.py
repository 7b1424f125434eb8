"""The forms of a version's life: its text, what was looked at, and from when it is in force."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from compliance.policysets.selectors import StatedVersion
from policies.documents import MAX_BYTES

PACK: Final = "pack-"
VERSION: Final = "version-"
PACKS: Final = (
    ("balanced", _("Balanced")),
    ("assume-compromise", _("Assume compromise")),
    ("observe-first", _("Observe first")),
)
"""The ready policy sets and what they are called."""


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


class StartForm(forms.Form):
    """What a new version starts from: an earlier version, or a ready policy set."""

    start = forms.ChoiceField(label=_("Start from"), required=False)

    def __init__(self, *args: Any, versions: Iterable[StatedVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earlier = [
            (
                f"{VERSION}{each.version.number}",
                f"{each.version.name} {each.version.number}, {each.state.label}",
            )
            for each in versions
        ]
        packs = [(f"{PACK}{name}", title) for name, title in PACKS]
        field: Any = self.fields["start"]
        field.choices = [
            *([(_("Versions"), earlier)] if earlier else []),
            (_("Ready policy sets"), packs),
        ]


class EditorForm(forms.Form):
    """The text of a policy set, typed or from a file; the file counts where both are given."""

    text = forms.CharField(
        label=_("Text (YAML or JSON)"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 30,
                "class": "editor",
                "wrap": "off",
                "spellcheck": "false",
                "autocapitalize": "off",
                "autocomplete": "off",
            }
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        help_text=_("At most 1 MB. It takes the place of the text above."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too long before it is read."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 1 MB."))
        return file

    def source(self) -> bytes:
        """Return the document that was given; only of a valid form, and only once."""
        file = self.cleaned_data["file"]
        if file is not None:
            content: bytes = file.read()
            return content
        text: str = self.cleaned_data["text"]
        # Browsers send the lines of a text with both characters.
        return text.replace("\r\n", "\n").encode()
