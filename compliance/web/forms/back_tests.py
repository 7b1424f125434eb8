"""The forms that ask for a back-test, and that let a version run as a shadow."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.backtests.services import LONGEST_PERIOD
from compliance.backtests.shadows import LONGEST
from compliance.policysets.selectors import StatedVersion, VersionState

_MAY_STILL_COME: Final = frozenset(
    {VersionState.DRAFT, VersionState.SUBMITTED, VersionState.APPROVED, VersionState.SCHEDULED}
)


class AskedBackTest(NamedTuple):
    """A version, and the days that it shall be compared with."""

    version_ref: str
    start: datetime
    end: datetime


class _CandidateForm(forms.Form):
    """Names a version."""

    version = forms.ChoiceField(label=_("Candidate"))

    def __init__(self, *args: Any, versions: Iterable[StatedVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["version"]
        field.choices = [
            (each.version.ref, f"{each.version.name} {each.version.number}, {each.state.label}")
            for each in versions
        ]


class BackTestRequestForm(_CandidateForm):
    """A version and a number of whole days before today."""

    days = forms.IntegerField(
        label=_("Days before today"), min_value=1, max_value=LONGEST_PERIOD.days, initial=30
    )

    def asked(self, *, now: datetime) -> AskedBackTest:
        """Return what was asked for; only of a valid form."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight - timedelta(days=self.cleaned_data["days"])
        return AskedBackTest(self.cleaned_data["version"], start, midnight)


class ShadowForm(_CandidateForm):
    """A version that may still come into force, and for how many days it runs as a shadow."""

    days = forms.IntegerField(
        label=_("Days from now"), min_value=1, max_value=LONGEST.days, initial=14
    )

    def ends_at(self, *, now: datetime) -> datetime:
        """Return when it shall end; only of a valid form."""
        return now + timedelta(days=self.cleaned_data["days"])


def shadow_candidates(versions: Sequence[StatedVersion]) -> list[StatedVersion]:
    """Return the versions that may still come into force, with another text than what is."""
    current = {each.version.digest for each in versions if each.state is VersionState.ACTIVE}
    return [
        each
        for each in versions
        if each.state in _MAY_STILL_COME and each.version.digest not in current
    ]
