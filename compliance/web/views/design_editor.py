"""The editor of designs: checks a text, shows what its elements share, and submits it for approval."""
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

from compliance.designs.selectors import (
    design_version_in_force,
    design_version_of_number,
    design_versions_of,
    read_design_document,
)
from compliance.designs.services import submit_design_version
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.excerpts import Line, excerpt
from compliance.web.forms.designs import DESIGN_PACKS, DesignEditorForm, DesignStartForm
from compliance.web.forms.policies import PACK, VERSION
from compliance.web.matrices import analysed, compared
from compliance.web.permissions import Permission
from compliance.web.views.design_steps import have_analysed
from policies.design import Designs
from policies.documents import DesignDocumentError, Problem, digest_of_designs, read_designs
from policies.packs import load_pack

SUBMIT: Final = "submit"
"""The step that submits a text; every other one only checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDesign:
    """A text and what is wrong with it; `designs` if nothing is."""

    text: str
    problems: tuple[Problem, ...] = ()
    designs: Designs | None = None

    @property
    def lines(self) -> Sequence[Line]:
        """The lines around each problem whose line is known."""
        return excerpt(self.text, {each.line for each in self.problems if each.line})


@page(Permission.WRITE_POLICIES)
@require_http_methods(["GET", "POST"])
def design_new(request: SeatedRequest) -> HttpResponse:
    """Show the editor; a POST checks the text, and submits what was shown checked before."""
    now = timezone.now()
    psp = request.seat.psp
    if request.method != "POST":
        start, text = beginning(psp, request.GET.get("start", ""), now)
        return _answer(request, now, form=DesignEditorForm(initial={"text": text}), start=start)
    form = DesignEditorForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, now, form=form)
    source = form.source()
    checked = check(source)
    digest = "" if checked.designs is None else digest_of_designs(checked.designs)
    was_shown = digest != "" and form.cleaned_data["checked_digest"] == digest
    is_to_submit = request.POST.get("step") == SUBMIT
    if is_to_submit and was_shown:
        return submitted(request, source, now)
    form = DesignEditorForm(initial={"text": checked.text, "checked_digest": digest})
    return _answer(request, now, form=form, checked=checked, is_other=is_to_submit)


@transaction.atomic
def submitted(request: SeatedRequest, source: bytes, now: datetime) -> HttpResponse:
    """Submit a document, have the policy set in force analysed under it, and go to its page."""
    psp = request.seat.psp
    version = submit_design_version(psp=psp, source=source, person=request.seat.user, now=now)
    have_analysed(psp, now)
    messages.success(request, _("Submitted. Another person approves it."))
    return redirect("design", number=version.number)


def check(source: bytes) -> CheckedDesign:
    """Return everything that is wrong with a document, with its places."""
    text = source.decode("utf-8-sig", errors="replace")
    try:
        return CheckedDesign(text=text, designs=read_designs(source))
    except DesignDocumentError as error:
        return CheckedDesign(text=text, problems=error.problems)


def beginning(psp: Psp, start: str, now: datetime) -> tuple[str, str]:
    """Return what a new version starts from, and its text.

    That is the version or ready design named; else the version in force, else the first ready one.
    """
    packs = {f"{PACK}{name}": name for name, _title in DESIGN_PACKS}
    if start in packs:
        return start, load_pack(packs[start]).decode()
    numbers = {
        f"{VERSION}{each.version.number}": each.version.number
        for each in design_versions_of(psp, now=now)
    }
    if start in numbers:
        return start, design_version_of_number(psp, numbers[start], now=now).version.source
    current = design_version_in_force(psp, at=now)
    if current is not None:
        return f"{VERSION}{current.number}", current.source
    first = DESIGN_PACKS[0][0]
    return f"{PACK}{first}", load_pack(first).decode()


def _answer(
    request: SeatedRequest,
    now: datetime,
    *,
    form: DesignEditorForm,
    start: str = "",
    checked: CheckedDesign | None = None,
    is_other: bool = False,
) -> HttpResponse:
    """Return the page; `is_other` if a text was to be submitted that was not shown checked."""
    psp = request.seat.psp
    versions = [
        (each.version.number, each.version.name) for each in design_versions_of(psp, now=now)
    ]
    context: dict[str, Any] = {
        "form": form,
        "start": DesignStartForm(versions=versions, initial={"start": start}),
        "checked": checked,
        "is_good": checked is not None and checked.designs is not None,
        "is_other": is_other,
    }
    if checked is not None and checked.designs is not None:
        context |= reviewed(psp, checked.designs, now)
    return render(request, "web/designs/new.html", context)


def reviewed(psp: Psp, designs: Designs, now: datetime) -> dict[str, Any]:
    """Return what a page says of a checked document beside the one in force."""
    current = design_version_in_force(psp, at=now)
    before = None if current is None else read_design_document(current.document)
    number = 0 if current is None else current.number
    return analysed(designs) | compared(before, designs) | {"in_force": number}
