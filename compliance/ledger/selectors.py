"""Reads the log of a PSP: heads, entries, proofs, tiles. Only what is published is proved."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import NotFoundError
from compliance.ledger.errors import InvalidTreeSizeError, NotYetPublishedError
from compliance.ledger.merkle import (
    TILE_WIDTH,
    consistency_proof,
    hashes_at,
    inclusion_proof,
)
from compliance.ledger.models import Entry, Log, StagedEntry
from compliance.ledger.storage import read_tile, reader_of
from compliance.ledger.tlog_proof import format_tlog_proof
from compliance.tenants.models import Psp


def log_of(psp: Psp) -> Log | None:
    """Return the PSP's log, if it has one yet."""
    return Log.objects.filter(psp=psp).first()


def checkpoint_of(psp: Psp) -> str | None:
    """Return the newest checkpoint (signed note), None before the first one."""
    log = log_of(psp)
    return (log.checkpoint or None) if log else None


def vkey_of(psp: Psp) -> str:
    """Return the verifier key of the PSP's log.

    Raises:
        NotFoundError: if it has no log yet.
    """
    log = log_of(psp)
    if log is None:
        raise NotFoundError("log of", psp.ref)
    return log.vkey


def tree_size_of(psp: Psp) -> int:
    """Return how many entries the newest checkpoint covers; 0 before the first one."""
    log = log_of(psp)
    return log.published_size if log else 0


def entry_at(psp: Psp, index: int) -> Entry:
    """Return the entry with this index.

    Raises:
        NotFoundError: if the log is not that long.
    """
    entry = Entry.objects.filter(psp=psp, index=index).first()
    if entry is None:
        raise NotFoundError("ledger entry", str(index))
    return entry


def entry_by_leaf_hash(psp: Psp, leaf_hash: bytes) -> Entry | None:
    """Return the first entry with this leaf hash, if it has been sequenced."""
    return Entry.objects.filter(psp=psp, leaf_hash=leaf_hash).order_by("index").first()


def entries_of(psp: Psp, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """Return the newest entries, newest first; those below index `before` for a further page."""
    entries = Entry.objects.filter(psp=psp).order_by("-index")
    return list((entries if before is None else entries.filter(index__lt=before))[:limit])


def tlog_proof_of(psp: Psp, leaf_hash: bytes) -> bytes:
    """Return the `.tlog-proof` of the entry, against the newest checkpoint.

    Raises:
        NotFoundError: if the PSP's log neither has nor expects such an entry.
        NotYetPublishedError: if no checkpoint covers it yet.
    """
    # Staged first, then sequenced: looked for in this order, an entry cannot slip between.
    is_staged = StagedEntry.objects.filter(psp=psp, leaf_hash=leaf_hash).exists()
    entry = entry_by_leaf_hash(psp, leaf_hash)
    log = log_of(psp)
    if entry is None and not is_staged:
        raise NotFoundError("ledger entry", leaf_hash.hex())
    if entry is None or log is None or entry.index >= log.published_size:
        raise NotYetPublishedError
    hashes = inclusion_proof(entry.index, log.published_size, reader_of(psp.pk))
    return format_tlog_proof(index=entry.index, hashes=hashes, checkpoint=log.checkpoint)


def consistency_between(psp: Psp, size1: int, size2: int) -> list[bytes]:
    """Return the consistency proof between two sizes of the published log; 0 < size1 <= size2.

    Raises:
        InvalidTreeSizeError: if the sizes are not so.
    """
    published = tree_size_of(psp)
    if not 0 < size1 <= size2 <= published:
        raise InvalidTreeSizeError(size1, size2, published=published)
    return consistency_proof(size1, size2, reader_of(psp.pk))


def tile_of(psp: Psp, level: int, index: int, width: int) -> bytes:
    """Return the first `width` hashes of a tile (32 bytes each), 256 for a full one.

    Raises:
        NotFoundError: if the published log has no such tile, or not that wide.
    """
    _require_published(psp, level, index, width)
    return b"".join(read_tile(psp.pk, level, index)[:width])


def entry_bundle_of(psp: Psp, index: int, width: int) -> bytes:
    """Return the first `width` entries of a bundle, each after its length (16 bits, big-endian).

    Raises:
        NotFoundError: as `tile_of`.
    """
    _require_published(psp, 0, index, width)
    first = index * TILE_WIDTH
    entries = Entry.objects.filter(psp=psp, index__gte=first, index__lt=first + width)
    bodies = map(bytes, entries.order_by("index").values_list("body", flat=True))
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


def _require_published(psp: Psp, level: int, index: int, width: int) -> None:
    """Refuse a tile that no checkpoint covers."""
    is_tile = level >= 0 and index >= 0 and 0 < width <= TILE_WIDTH
    if not is_tile or index * TILE_WIDTH + width > hashes_at(level, tree_size_of(psp)):
        raise NotFoundError("tile", f"{level}/{index}")
