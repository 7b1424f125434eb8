"""Builds the tree again from the entries alone, in one pass over the table."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from django.db.models import Max

from compliance.ledger.merkle import FullTile, GrowingTree, hashes_at, leaf_hash
from compliance.ledger.models import Entry, HashTile, Log, StagedEntry
from compliance.ledger.storage import split_hashes

_CHUNK: Final = 1_000

Problem = Callable[[str], None]
"""Takes a sentence about something that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The tree as the entries give it; `sound` means that entries and tiles agree so far."""

    entries: int
    roots: dict[int, bytes]
    sound: bool


def rebuild(log: Log, *, sizes: AbstractSet[int], problem: Problem) -> Rebuilt:
    """Rebuild the tree of `log` up to its head and return the root hashes at `sizes`.

    Each entry is hashed, each full tile compared. Memory does not grow with the log.
    """
    tree = GrowingTree()
    roots = {0: tree.root()}
    count, sound = 0, True
    for entry in _entries(log):
        count += 1
        hashed = bytes(entry.leaf_hash)
        if leaf_hash(bytes(entry.body)) != hashed:
            problem(f"entry {entry.index:,} ({entry.kind} `{entry.ref}`) was changed")
            sound = False
        if entry.index != tree.size:
            # Every later hash would differ as well; one sentence is enough.
            problem(f"entry {tree.size:,} is missing")
            return Rebuilt(entries=count, roots=roots, sound=False)
        for tile in tree.append([hashed]):
            sound &= _compare_tile(log, tile, problem)
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    if tree.size != log.size:
        problem(f"the head says {log.size:,} entries, there are {tree.size:,}")
        sound = False
    return Rebuilt(entries=count, roots=roots, sound=_check_surplus(log, problem) and sound)


def _entries(log: Log) -> Iterator[Entry]:
    """Yield the entries below the head in order, a chunk at a time."""
    start = 0
    while True:
        rows = Entry.objects.filter(psp_id=log.psp_id, index__gte=start, index__lt=log.size)
        chunk = list(rows.order_by("index")[:_CHUNK])
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        start = chunk[-1].index + 1


def check_staged(psp_id: int, *, problem: Problem) -> int:
    """Hash each staged entry, in order; return how many there are."""
    count, after = 0, 0
    while True:
        rows = StagedEntry.objects.filter(psp_id=psp_id, id__gt=after).order_by("id")
        chunk = list(rows[:_CHUNK])
        for row in chunk:
            if leaf_hash(bytes(row.body)) != bytes(row.leaf_hash):
                problem(f"the staged entry of {row.kind} `{row.ref}` was changed")
        count += len(chunk)
        if len(chunk) < _CHUNK:
            return count
        after = chunk[-1].pk


def _compare_tile(log: Log, tile: FullTile, problem: Problem) -> bool:
    """Compare a stored tile with the one that the entries give."""
    name = f"tile {tile.level}/{tile.index}"
    rows = HashTile.objects.filter(psp_id=log.psp_id, level=tile.level, index=tile.index)
    stored = rows.first()
    if stored is None:
        problem(f"{name} is missing")
        return False
    hashes = split_hashes(bytes(stored.hashes))
    if tuple(hashes) == tile.hashes and bytes(stored.root_hash) == tile.root:
        return True
    differing = [
        tile.index * len(tile.hashes) + offset
        for offset, (ours, theirs) in enumerate(zip(tile.hashes, hashes, strict=False))
        if ours != theirs
    ]
    place = f"; first difference at hash {differing[0]:,}" if differing else ""
    problem(f"{name} is not what the entries give{place}")
    return False


def _check_surplus(log: Log, problem: Problem) -> bool:
    """Look for entries and tiles beyond the head.

    The head is read last, so a sequencer that runs meanwhile cannot make them look surplus.
    """
    last = Entry.objects.filter(psp_id=log.psp_id).aggregate(last=Max("index"))["last"]
    tiles = list(
        HashTile.objects.filter(psp_id=log.psp_id)
        .values("level")
        .annotate(last=Max("index"))
        .order_by("level")
    )
    size = Log.objects.values_list("size", flat=True).get(pk=log.pk)
    sound = True
    if last is not None and last >= size:
        problem(f"there is an entry {last:,} beyond the head at size {size:,}")
        sound = False
    for row in tiles:
        if row["last"] >= hashes_at(row["level"] + 1, size):
            problem(f"there is a tile {row['level']}/{row['last']} beyond the head")
            sound = False
    return sound
