"""Checks a log from the ground up: entries, tree, tiles, signature, copy, triggers, expectations."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from dataclasses import dataclass, field

from compliance.ledger.expected import (
    ExpectedEntry,
    expected_of,
    missing_in_chunks,
    sequenced_by_kind,
)
from compliance.ledger.keystore import copy_path, read_copy
from compliance.ledger.merkle import EMPTY_ROOT
from compliance.ledger.models import Entry, Log
from compliance.ledger.notes import Checkpoint, NoteError, open_checkpoint, parse_vkey
from compliance.ledger.rebuilding import Rebuilt, check_staged, rebuild
from compliance.ledger.triggers import missing_triggers
from compliance.tenants.models import Psp

__all__ = ["ExpectedEntry", "FsckResult", "fsck"]

_PROBLEMS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FsckResult:
    """What `fsck` found. `problems` are sentences; `checked` says in words what held."""

    psp: str
    origin: str
    entries: int
    size: int
    root_hash: str
    published_size: int
    staged: int
    expected: int
    tree_ok: bool
    checkpoint_ok: bool
    copy_ok: bool
    triggers_ok: bool
    expected_ok: bool
    checked: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


@dataclass(slots=True)
class _Report:
    """Collects sentences; a ruined log must not fill the memory."""

    checked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    count: int = 0

    def problem(self, sentence: str) -> None:
        """Note something that is wrong."""
        self.count += 1
        if self.count <= _PROBLEMS_SHOWN:
            self.problems.append(sentence)

    def section(self, before: int, sentence: str) -> bool:
        """Say that a check held, if no problem came up since `before`; return whether it did."""
        if held := self.count == before:
            self.checked.append(sentence)
        return held

    def all_problems(self) -> tuple[str, ...]:
        """Return the sentences, the last one saying how many are left out."""
        hidden = self.count - len(self.problems)
        return (*self.problems, *([f"… and {hidden} more problems"] if hidden else []))


def fsck(*, psp: Psp) -> FsckResult:
    """Check the log of `psp` in every way that needs no other copy of it; memory is bounded.

    May run beside a sequencer: what moves is read in an order in which it can only have grown.
    """
    report = _Report()
    # The copy before the head: the head may be ahead of it, never behind.
    copy = read_copy(psp)
    log = Log.objects.filter(psp=psp).first()
    staged = check_staged(psp.pk, problem=report.problem)
    if log is None:
        rebuilt = _without_log(psp, copy, report)
        verdicts = (rebuilt.sound, copy is None, copy is None)
    else:
        name = "the copy of the newest checkpoint"
        signed = None if copy is None else _open(log, copy, name, report)
        sizes = {log.size, log.published_size, signed.size if signed else 0}
        rebuilt = rebuild(log, sizes=sizes, problem=report.problem)
        verdicts = (
            _check_tree(log, rebuilt, report),
            _check_checkpoint(log, rebuilt, report),
            _check_copy(log, copy, signed, rebuilt, report),
        )
    triggers_ok = _check_triggers(report)
    before = report.count
    expected = _check_expected(psp, report)
    expected_ok = report.section(
        before,
        f"all {expected:,} entries that the service's records call for are in it or staged for it",
    )
    return FsckResult(
        psp=psp.ref,
        origin=log.origin if log else "",
        entries=rebuilt.entries,
        size=log.size if log else 0,
        root_hash=bytes(log.root_hash).hex() if log else EMPTY_ROOT.hex(),
        published_size=log.published_size if log else 0,
        staged=staged,
        expected=expected,
        tree_ok=verdicts[0],
        checkpoint_ok=verdicts[1],
        copy_ok=verdicts[2],
        triggers_ok=triggers_ok,
        expected_ok=expected_ok,
        checked=tuple(report.checked),
        problems=report.all_problems(),
    )


def _without_log(psp: Psp, copy: str | None, report: _Report) -> Rebuilt:
    """Check that a PSP without a log has never had one."""
    entries = Entry.objects.filter(psp=psp).count()
    if entries or copy is not None:
        report.problem(f"there is no log, but {entries} entries of one or a signed checkpoint")
    return Rebuilt(entries=entries, roots={0: EMPTY_ROOT}, sound=not entries)


def _check_tree(log: Log, rebuilt: Rebuilt, report: _Report) -> bool:
    """Check that entries and tiles lead to the head."""
    if not rebuilt.sound:
        return False
    before = report.count
    if rebuilt.roots.get(log.size) != bytes(log.root_hash):
        report.problem(f"the entries do not lead to the head's root hash at size {log.size:,}")
    return report.section(
        before,
        f"{rebuilt.entries:,} entries hash to their leaf hashes, fill every index from 0 on and,"
        f" with every full tile, lead to the root hash at size {log.size:,}",
    )


def _check_checkpoint(log: Log, rebuilt: Rebuilt, report: _Report) -> bool:
    """Check the newest checkpoint: signature, origin, size, root hash."""
    if not log.checkpoint:
        if log.published_size:
            report.problem(f"size {log.published_size:,} is published without a checkpoint")
        return not log.published_size
    before = report.count
    signed = _open(log, log.checkpoint, "the newest checkpoint", report)
    if signed is None:
        return False
    if signed.origin != log.origin or signed.size != log.published_size:
        report.problem("the newest checkpoint is of another log or size than the head says")
    elif signed.root != rebuilt.roots.get(signed.size):
        report.problem(f"the entries do not lead to the checkpoint's root at {signed.size:,}")
    return report.section(
        before, f"the checkpoint at size {signed.size:,} is signed by the log's key and agrees"
    )


def _check_copy(
    log: Log, copy: str | None, signed: Checkpoint | None, rebuilt: Rebuilt, report: _Report
) -> bool:
    """Check that the database has not been rolled back behind what was signed."""
    before = report.count
    if copy is None:
        if log.checkpoint:
            report.problem(
                f"there is no copy of the newest checkpoint at {copy_path(log.psp)}: whether the"
                " database was rolled back cannot be told"
            )
        return not log.checkpoint
    if signed is None:
        return False
    if signed.size > log.size:
        report.problem(
            f"the database was rolled back: size {signed.size:,} was signed,"
            f" it is at size {log.size:,}"
        )
    elif signed.root != rebuilt.roots.get(signed.size):
        report.problem(f"the first {signed.size:,} entries are not those that were signed")
    return report.section(
        before, f"the log extends the copy of a checkpoint outside the database ({signed.size:,})"
    )


def _check_triggers(report: _Report) -> bool:
    """Check that the database refuses changes."""
    before = report.count
    for name in missing_triggers():
        report.problem(f"the append-only trigger `{name}` is missing or has no effect")
    return report.section(before, "the append-only triggers are in place")


def _check_expected(psp: Psp, report: _Report) -> int:
    """Check that the log and the records agree, both ways; return how much was looked for."""
    # Before the records: what is in the log by now has had its row since.
    sequenced = sequenced_by_kind(psp)
    found: Counter[str] = Counter()
    for chunk, missing in missing_in_chunks(psp, expected_of(psp)):
        found.update(entry.kind for entry in chunk)
        for entry in missing:
            report.problem(
                f"{entry.kind} `{entry.ref}` is not in the log as it stands in the database"
            )
    for kind, count in sequenced.items():
        if found[kind] < count:
            report.problem(
                f"the log holds {count:,} entries of kind {kind}, the database only"
                f" {found[kind]:,} of their records: some were removed"
            )
    return found.total()


def _open(log: Log, note: str, name: str, report: _Report) -> Checkpoint | None:
    """Return a checkpoint whose signature holds; else note why it does not."""
    try:
        return open_checkpoint(note, [parse_vkey(log.vkey)])
    except NoteError as error:
        report.problem(f"{name} cannot be trusted: {error}")
        return None
