"""The form of a design: fields for every method and component, a review, and the submission."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from compliance.web.access import SeatedRequest, page
from compliance.web.forms.design_rows import (
    COMPONENT_FIELDS,
    METHOD_FIELDS,
    DesignRows,
    Row,
    changed,
    document_of,
    field_of,
    rows_from,
    rows_of,
)
from compliance.web.permissions import Permission
from compliance.web.views.design_editor import (
    SUBMIT,
    CheckedDesign,
    beginning,
    check,
    reviewed,
    submitted,
)
from policies.documents import digest_of_designs, read_designs
from policies.vocabulary.components import ComponentClass

LABELS: Final[Mapping[str, str | Promise]] = {
    "name": _("Name of the design"),
    "id": _("Id"),
    "class": _("Class"),
    "title": _("Title"),
    "technology": _("Technology"),
    "algorithm": _("Algorithm"),
    "parameters": _("Parameters"),
    "supplier": _("Supplier"),
    "rests_on": _("Rests on"),
    "method": _("Id of the method"),
    "at_least": _("App version at least"),
    "below": _("App version below"),
    "knowledge": _("Knowledge rests on"),
    "possession": _("Possession rests on"),
    "inherence": _("Inherence rests on"),
}
"""What the fields are called."""

_LISTS: Final = frozenset({"rests_on", "knowledge", "possession", "inherence"})
_NEEDED: Final = frozenset({"id", "class", "method"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: what stands in it, and what is wrong with that."""

    name: str
    label: str | Promise
    value: str
    problems: tuple[str, ...]
    is_list: bool = False
    is_needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """One component or method: its fields, and what is wrong with it as a whole."""

    key: str
    title: str
    fields: tuple[Field, ...]
    problems: tuple[str, ...]


@page(Permission.WRITE_POLICIES)
@require_http_methods(["GET", "POST"])
def design_form(request: SeatedRequest) -> HttpResponse:
    """Show the form; a POST adds or removes a row, checks, or submits what was shown checked before."""
    now = timezone.now()
    if request.method != "POST":
        start, text = beginning(request.seat.psp, request.GET.get("start", ""), now)
        return _answer(request, now, rows_of(read_designs(text.encode())), start=start)
    rows = rows_from(request.POST.dict())
    step = request.POST.get("step", "")
    if step.startswith(("add-", "remove-")):
        return _answer(request, now, changed(rows, step))
    source = document_of(rows)
    checked = check(source.encode())
    digest = "" if checked.designs is None else digest_of_designs(checked.designs)
    was_shown = digest != "" and request.POST.get("checked_digest") == digest
    if step == SUBMIT and was_shown:
        return submitted(request, source.encode(), now)
    return _answer(request, now, rows, checked=checked, digest=digest, is_other=step == SUBMIT)


def _answer(
    request: SeatedRequest,
    now: datetime,
    rows: DesignRows,
    *,
    start: str = "",
    checked: CheckedDesign | None = None,
    digest: str = "",
    is_other: bool = False,
) -> HttpResponse:
    """Return the page; `is_other` if a form was to be submitted that was not shown checked."""
    problems: dict[str, list[str]] = {}
    for problem in () if checked is None else checked.problems:
        problems.setdefault(field_of(problem), []).append(problem.detail)
    name = Field(
        name="name",
        label=LABELS["name"],
        value=rows.name,
        problems=tuple(problems.pop("name", ())),
        is_needed=True,
    )
    components = tuple(_rows("components", COMPONENT_FIELDS, "id", rows.components, problems))
    methods = tuple(_rows("methods", METHOD_FIELDS, "method", rows.methods, problems))
    context: dict[str, Any] = {
        "rows": rows,
        "start": start,
        "name": name,
        "components": components,
        "methods": methods,
        # What is about no field that is shown is told above all of them.
        "others": [detail for details in problems.values() for detail in details],
        "ids": [row["id"] for row in rows.components if row["id"]],
        "has_problems": checked is not None and bool(checked.problems),
        "digest": digest,
        "is_other": is_other,
        "is_good": False,
    }
    if checked is not None and checked.designs is not None:
        context |= {"is_good": True} | reviewed(request.seat.psp, checked.designs, now)
    return render(request, "web/designs/form.html", context)


def _rows(
    part: str,
    names: Iterable[str],
    id_: str,
    rows: Iterable[Row],
    problems: dict[str, list[str]],
) -> Iterator[FormRow]:
    """Yield the rows of one part with their problems, which are taken out of `problems`."""
    names = tuple(names)
    for number, row in enumerate(rows):
        key = f"{part}-{number}"
        yield FormRow(
            key=key,
            title=row["title"] or row[id_],
            problems=tuple(problems.pop(key, ())),
            fields=tuple(
                Field(
                    name=f"{key}-{name}",
                    label=LABELS[name],
                    value=row[name],
                    problems=tuple(problems.pop(f"{key}-{name}", ())),
                    is_list=name in _LISTS,
                    is_needed=name in _NEEDED,
                    choices=tuple(map(str, ComponentClass)) if name == "class" else (),
                )
                for name in names
            ),
        )
