"""Compares the log with what the rest of the service says must be in it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple, cast

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils.module_loading import import_string

from compliance.ledger.models import Entry, StagedEntry
from compliance.tenants.models import Psp

_CHUNK = 500


class ExpectedEntry(NamedTuple):
    """An entry that the ledger must hold, staged or sequenced."""

    kind: str
    ref: str
    leaf_hash: bytes


def expected_of(psp: Psp) -> Iterable[ExpectedEntry]:
    """Return what `settings.LEDGER_EXPECTED_ENTRIES` expects of the PSP's log."""
    source = cast(
        "Callable[[Psp], Iterable[ExpectedEntry]]", import_string(settings.LEDGER_EXPECTED_ENTRIES)
    )
    return source(psp)


def sequenced_by_kind(psp: Psp) -> dict[str, int]:
    """Return how many entries of each kind that has rows elsewhere the log holds."""
    kinds: tuple[str, ...] = settings.LEDGER_EXPECTED_KINDS
    rows = Entry.objects.filter(psp=psp, kind__in=kinds).order_by().values_list("kind")
    return dict.fromkeys(kinds, 0) | dict(rows.annotate(count=Count("*")))


def missing_in_chunks(
    psp: Psp, expected: Iterable[ExpectedEntry]
) -> Iterator[tuple[list[ExpectedEntry], list[ExpectedEntry]]]:
    """Yield the expected entries in chunks, each with those that the log does not hold."""
    rest = iter(expected)
    while chunk := list(islice(rest, _CHUNK)):
        hashes = {bytes(entry.leaf_hash) for entry in chunk}
        # Staged first, then sequenced: looked for in this order, an entry cannot slip between.
        held = _held(StagedEntry.objects.filter(psp=psp, leaf_hash__in=hashes))
        held |= _held(Entry.objects.filter(psp=psp, leaf_hash__in=hashes))
        yield (
            chunk,
            [e for e in chunk if (e.kind, e.ref, bytes(e.leaf_hash)) not in held],
        )


def _held(rows: QuerySet[Entry] | QuerySet[StagedEntry]) -> set[tuple[str, str, bytes]]:
    """Return what the rows hold, comparable with what is expected."""
    listed = rows.values_list("kind", "ref", "leaf_hash")
    return {(kind, ref, bytes(leaf_hash)) for kind, ref, leaf_hash in listed}
