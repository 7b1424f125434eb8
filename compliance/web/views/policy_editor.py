"""The editor: writes a new version as text, says what is wrong with it line by line, and saves it as a draft."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.backtests.submitting import submit_for_approval
from compliance.backtests.tasks import enqueue_submission
from compliance.policysets.selectors import StatedVersion, VersionState, versions_of
from compliance.policysets.services import create_version
from compliance.web.access import SeatedRequest, page
from compliance.web.excerpts import Line, excerpt
from compliance.web.forms.policies import PACK, PACKS, VERSION, EditorForm, StartForm
from compliance.web.permissions import Permission
from policies.documents import PolicyDocumentError, Problem, read_policy_set
from policies.model import PolicySet
from policies.packs import load_pack

_SAVING: Final = frozenset({"save", "submit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A text and what is wrong with it; `policy_set` if nothing is."""

    text: str
    problems: tuple[Problem, ...] = ()
    policy_set: PolicySet | None = None

    @property
    def lines(self) -> Sequence[Line]:
        """The lines around each problem whose line is known."""
        return excerpt(self.text, {each.line for each in self.problems if each.line})


@page(Permission.WRITE_POLICIES)
@require_http_methods(["GET", "POST"])
def policy_new(request: SeatedRequest) -> HttpResponse:
    """Show the editor; a POST checks the text, and saves or submits it if that was asked."""
    now = timezone.now()
    versions = versions_of(request.seat.psp, now=now)
    if request.method != "POST":
        start, text = _beginning(request.GET.get("start", ""), versions)
        return _answer(request, versions, form=EditorForm(initial={"text": text}), start=start)
    form = EditorForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, versions, form=form)
    source = form.source()
    checked = check(source)
    step = request.POST.get("step", "check")
    if checked.policy_set is not None and step in _SAVING:
        number = _saved(request, source, now, is_submitted=step == "submit")
        return redirect("policy", number=number)
    form = EditorForm(initial={"text": checked.text})
    return _answer(request, versions, form=form, checked=checked)


def check(source: bytes) -> Checked:
    """Return everything that is wrong with a document, with its places."""
    text = source.decode("utf-8-sig", errors="replace")
    try:
        return Checked(text=text, policy_set=read_policy_set(source))
    except PolicyDocumentError as error:
        return Checked(text=text, problems=error.problems)


@transaction.atomic
def _saved(request: SeatedRequest, source: bytes, now: datetime, *, is_submitted: bool) -> int:
    """Store the text as the next draft, submit it if that was asked, and return its number."""
    psp, person = request.seat.psp, request.seat.user
    version = create_version(psp=psp, source=source, author=person, now=now)
    said = _("Saved as a draft.")
    if is_submitted:
        enqueue_submission(submit_for_approval(psp=psp, ref=version.ref, person=person, now=now))
        said = _("Saved and submitted. Once it is analysed, another person approves it.")
    messages.success(request, said)
    return version.number


def _beginning(start: str, versions: Sequence[StatedVersion]) -> tuple[str, str]:
    """Return what a new version starts from, and its text.

    That is the version or pack named; else the version in force, else the first of the packs.
    """
    texts = {f"{VERSION}{each.version.number}": each.version.source for each in versions}
    current = next(
        (
            f"{VERSION}{each.version.number}"
            for each in versions
            if each.state is VersionState.ACTIVE
        ),
        f"{PACK}{PACKS[0][0]}",
    )
    packs = {f"{PACK}{name}" for name, _title in PACKS}
    chosen = start if start in texts or start in packs else current
    if chosen in packs:
        return chosen, load_pack(chosen.removeprefix(PACK)).decode()
    return chosen, texts[chosen]


def _answer(
    request: SeatedRequest,
    versions: Sequence[StatedVersion],
    *,
    form: EditorForm,
    start: str = "",
    checked: Checked | None = None,
) -> HttpResponse:
    """Return the page."""
    context: dict[str, Any] = {
        "form": form,
        "start": StartForm(versions=versions, initial={"start": start}),
        "checked": checked,
        "rules": 0 if checked is None or not checked.policy_set else len(checked.policy_set.rules),
        "tests": 0 if checked is None or not checked.policy_set else len(checked.policy_set.tests),
    }
    return render(request, "web/policies/new.html", context)
