"""The decisions that a candidate makes otherwise, as pages of back-tests and shadows list them."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.http import urlencode

from compliance.backtests.selectors import ChangesPage
from compliance.tenants.models import Psp
from policies.vocabulary.effects import Effect

_EFFECTS = [(effect.value, effect.value) for effect in Effect]


class PairForm(forms.Form):
    """One pair of effects, as the numbers of the matrix link to it."""

    old_effect = forms.ChoiceField(choices=_EFFECTS)
    new_effect = forms.ChoiceField(choices=_EFFECTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChanges:
    """Some changes in order of time: of one pair of effects, or of all if `old` and `new` are empty.

    `later` is the query of the next page; empty after the last.
    """

    items: tuple[Any, ...]
    old: str
    new: str
    later: str


def listed_changes(
    psp: Psp,
    ref: str,
    query: Mapping[str, Any],
    *,
    read: Callable[..., ChangesPage],
    limit: int,
) -> ListedChanges:
    """Return the changes that a query asks for; `read` is the selector that knows the comparison.

    What is no pair of effects is passed over: the page shows all.

    Raises:
        NotFoundError: if the PSP has no such comparison.
        InvalidCursorError: if the cursor is not one that a page gave.
    """
    form = PairForm(query)
    pair: dict[str, str] = dict(form.cleaned_data) if form.is_valid() else {}
    old, new = pair.get("old_effect", ""), pair.get("new_effect", "")
    page = read(psp, ref, query.get("cursor", ""), old=old, new=new, limit=limit)
    later = urlencode(pair | {"cursor": page.next_cursor}) if page.next_cursor else ""
    return ListedChanges(items=page.items, old=old, new=new, later=later)
