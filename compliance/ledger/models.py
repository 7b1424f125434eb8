"""The log of each PSP: its head, what waits to enter it, its entries, and its full hash tiles."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models

from compliance.tenants.models import Psp


class Log(models.Model):
    """The head of one PSP's log. `size` and `root_hash` are the tree as integrated.

    `checkpoint` is the newest signed note, over the first `published_size` entries; it follows
    the tree within the same pass of the sequencer. The row is changed by compare-and-swap on
    (`size`, `root_hash`) only and is never deleted (trigger).
    """

    psp = models.OneToOneField(Psp, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=255, unique=True, help_text="C2SP origin and key name")
    vkey = models.CharField(max_length=400, help_text="C2SP verifier key of the log")
    created_at = models.DateTimeField()
    size = models.BigIntegerField(default=0)
    root_hash = models.BinaryField(max_length=32)
    published_size = models.BigIntegerField(default=0)
    checkpoint = models.TextField(blank=True, help_text="signed note; empty before the first one")
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(published_size__lte=models.F("size")),
                name="nothing_published_that_is_not_integrated",
            ),
        ]

    def __str__(self) -> str:
        return self.origin


class StagedEntry(models.Model):
    """An entry that is durable but has no index yet.

    Inserted in the transaction of what it is about; deleted by the sequencer in the transaction
    that makes it an `Entry`; never changed (trigger). The decision point writes these rows by raw SQL
    (`compliance.ledger.staging.STAGED_COLUMNS`).
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)
    ref = models.CharField(max_length=40)
    body = models.BinaryField(help_text="canonical JSON (RFC 8785), at most 8 KB")
    leaf_hash = models.BinaryField(max_length=32, help_text="SHA-256(0x00 ‖ body)")
    staged_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["psp", "id"], name="staged_in_order"),
            models.Index(fields=["psp", "leaf_hash"], name="staged_by_leaf_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Entry(models.Model):
    """One entry of a log at its index. Append-only (trigger)."""

    pk = models.CompositePrimaryKey("psp_id", "index")
    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+", db_index=False)
    index = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    ref = models.CharField(max_length=40)
    body = models.BinaryField(help_text="canonical JSON (RFC 8785), at most 8 KB")
    leaf_hash = models.BinaryField(max_length=32, help_text="SHA-256(0x00 ‖ body)")
    sequenced_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["psp", "leaf_hash"], name="entry_by_leaf_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.index}: {self.kind} {self.ref}"


class HashTile(models.Model):
    """A full tile: 256 consecutive hashes at height 8·level. Append-only (trigger).

    Partial tiles are not stored: at level 0 their hashes are the newest entries' `leaf_hash`,
    above they are the `root_hash` of the newest tiles one level down; at most 255 rows a level.
    """

    pk = models.CompositePrimaryKey("psp_id", "level", "index")
    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192, help_text="256 × 32 bytes")
    root_hash = models.BinaryField(max_length=32, help_text="root over `hashes`")

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"
