"""What the pages show of a version's analysis: proofs, test cases, what is decided otherwise, what stands in the way."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from compliance.core.errors import NotFoundError
from compliance.designs.selectors import design_digest_in_force, design_version_by_digest
from compliance.policysets.errors import ActivationBlockedError, NotAnalysedError
from compliance.policysets.property_waiver_selectors import property_waivers_waiting
from compliance.policysets.selectors import (
    NO_DESIGN,
    StatedVersion,
    VersionState,
    version_by_digest,
)
from compliance.policysets.standing import (
    Standing,
    require_analysed,
    require_unblocked,
    standing_of,
)
from compliance.tenants.models import Psp
from compliance.web.forms.waivers import PropertyWaiverForm

_MAY_STILL_COME: Final = frozenset(
    {VersionState.DRAFT, VersionState.SUBMITTED, VersionState.APPROVED, VersionState.SCHEDULED}
)
UNFINISHED: Final = frozenset({"requested", "running"})
"""States of an analysis that somebody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProperty:
    """One property and how it came out.

    `result` is the property as the analysis stored it. `is_warning` says that it stands in nobody's
    way, `is_blocking` that it does and that nothing lets it pass. `waiver` holds now, `asked` waits
    for an approval; `form` asks for one.
    """

    result: Mapping[str, Any]
    is_warning: bool
    is_blocking: bool
    waiver: Any
    asked: Any
    form: PropertyWaiverForm | None

    @property
    def is_asked_anew(self) -> bool:
        """Whether the form was sent and came back, so that it must show."""
        return self.form is not None and self.form.is_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnalysis:
    """All that the page of a version says of its analysis.

    `running` is the one that is not finished, `failed` the newest if it failed. `design` and
    `compared` are what the newest finished one was done under and compared with (None: nothing).
    """

    standing: Standing
    running: Any
    failed: Any
    properties: tuple[ShownProperty, ...]
    design: Any
    compared: Any
    is_under_design: bool
    is_outdated: bool
    may_be_asked: bool

    @property
    def proved(self) -> int:
        """How many properties are proved."""
        return sum(each.result["status"] == "proved" for each in self.properties)

    @property
    def failed_cases(self) -> list[Mapping[str, Any]]:
        """The test cases that did not come out as expected."""
        return [case for case in self._cases if not case["passed"]]

    @property
    def passed_cases(self) -> list[Mapping[str, Any]]:
        """The test cases that came out as expected."""
        return [case for case in self._cases if case["passed"]]

    @property
    def untouched_rules(self) -> list[str]:
        """The rules that no test case touches."""
        rules: list[str] = self._part("test_cases").get("untouched_rules", [])
        return rules

    @property
    def difference(self) -> Mapping[str, Any]:
        """What is decided otherwise than by `compared`; empty if there is nothing to compare with."""
        return self._part("difference")

    @property
    def _cases(self) -> list[Mapping[str, Any]]:
        """How each test case came out."""
        cases: list[Mapping[str, Any]] = self._part("test_cases").get("cases", [])
        return cases

    def _part(self, name: str) -> Mapping[str, Any]:
        """Return a part of the results."""
        analysis = self.standing.analysis
        part: Mapping[str, Any] = {} if analysis is None else analysis.results.get(name, {})
        return part


def shown_analysis(
    stated: StatedVersion,
    *,
    now: datetime,
    may_ask: bool,
    forms: Mapping[str, PropertyWaiverForm] | None = None,
) -> ShownAnalysis:
    """Return what the page says of a version's analysis.

    `may_ask` says whether the person may ask for waivers and analyses; `forms` are forms for
    waivers that were sent and came back, by property.
    """
    version = stated.version
    psp = version.psp
    standing = standing_of(version, now=now)
    analysis, newest = standing.analysis, standing.newest
    is_under_design = analysis is not None and analysis.design_digest == (
        design_digest_in_force(psp, at=now) or NO_DESIGN
    )
    has_failed = newest is not None and newest.state == "failed"
    is_open = stated.state in _MAY_STILL_COME
    is_outdated = not (standing.is_current if is_open else is_under_design)
    is_running = newest is not None and newest.state in UNFINISHED
    is_asked_by_hand = has_failed or (stated.state is VersionState.DRAFT and is_outdated)
    return ShownAnalysis(
        standing=standing,
        running=newest if is_running else None,
        failed=newest if has_failed else None,
        properties=tuple(
            _properties(
                stated,
                standing,
                forms or {},
                now=now,
                may_ask=may_ask and version.retired_at is None,
            )
        ),
        design=None if analysis is None else _design(psp, analysis.design_digest),
        compared=None if analysis is None else _compared(psp, analysis.compared_digest),
        is_under_design=is_under_design,
        is_outdated=is_outdated,
        may_be_asked=may_ask and not is_running and is_asked_by_hand,
    )


def approval_refusal(stated: StatedVersion, *, now: datetime) -> str:
    """Return why the service would not let anybody approve the version now; empty if it would."""
    try:
        require_analysed(stated.version, now=now)
    except NotAnalysedError as error:
        return str(error)
    return ""


def activation_refusal(stated: StatedVersion, *, now: datetime) -> str:
    """Return why the service would not put the version in force now; empty if it would."""
    try:
        require_unblocked(stated.version, moment=now, now=now)
    except NotAnalysedError as error:
        return str(error)
    except ActivationBlockedError:
        # The page has each finding with its story.
        return _("what the analysis found stands in the way")
    return ""


def _properties(
    stated: StatedVersion,
    standing: Standing,
    forms: Mapping[str, PropertyWaiverForm],
    *,
    now: datetime,
    may_ask: bool,
) -> Iterable[ShownProperty]:
    """Yield each property with the waivers that there are of it."""
    if standing.analysis is None:
        return
    version = stated.version
    waivers = {waiver.property_id: waiver for waiver in standing.waivers}
    asked = {
        waiver.property_id: waiver
        for waiver in property_waivers_waiting(version.psp, now=now)
        if waiver.version_id == version.pk
    }
    for result in standing.analysis.results.get("properties", []):
        id_ = result["id"]
        is_blocking = id_ in standing.blocking
        form = forms.get(id_) or PropertyWaiverForm(property_id=id_)
        yield ShownProperty(
            result=result,
            is_warning=result["status"] != "proved" and not result["blocks_activation"],
            is_blocking=is_blocking,
            waiver=waivers.get(id_),
            asked=asked.get(id_),
            form=form if may_ask and is_blocking and id_ not in asked else None,
        )


def _design(psp: Psp, digest: str) -> Any:
    """Return the design that an analysis was done under, if there was one."""
    return None if digest == NO_DESIGN else design_version_by_digest(psp, digest)


def _compared(psp: Psp, digest: str) -> Any:
    """Return the version that an analysis compares with, if there is one."""
    try:
        return version_by_digest(psp, digest) if digest else None
    except NotFoundError:
        return None
