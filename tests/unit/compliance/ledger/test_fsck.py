"""`fsck` holds for a sound log and names what somebody did to another."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from compliance.ledger.expected import ExpectedEntry
from compliance.ledger.fsck import fsck
from compliance.ledger.keystore import copy_path, load_signer
from compliance.ledger.merkle import leaf_hash
from compliance.ledger.models import Entry, HashTile, Log, StagedEntry
from compliance.ledger.notes import Checkpoint, sign_checkpoint
from compliance.tenants.models import Psp
from tests.integration.ledger_logs import EXPECTED, entry, grow, stage, trigger_dropped
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _expectations(settings: Settings) -> Iterator[None]:
    settings.LEDGER_EXPECTED_ENTRIES = "tests.integration.ledger_logs.expected"
    yield
    EXPECTED.clear()


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    grow(psp, 600)
    return psp


def problems(psp: Psp) -> str:
    result = fsck(psp=psp)
    assert result.holds == (not result.problems)
    return "\n".join(result.problems)


def test_a_sound_log_holds_in_every_way(psp: Psp) -> None:
    stage(psp, 2, start=600)

    result = fsck(psp=psp)

    assert result.holds
    assert (result.entries, result.size, result.published_size, result.staged) == (600, 600, 600, 2)
    assert result.tree_ok
    assert result.checkpoint_ok
    assert result.copy_ok
    assert result.triggers_ok
    assert result.expected_ok
    assert len(result.checked) == 5


def test_a_psp_without_a_log_holds() -> None:
    result = fsck(psp=make_psp())

    assert result.holds
    assert (result.entries, result.size, result.origin) == (0, 0, "")


def test_a_log_of_which_only_the_copy_is_left_does_not_hold(psp: Psp) -> None:
    with trigger_dropped("ledger_entry", "delete"):
        Entry.objects.filter(psp=psp).delete()
    with trigger_dropped("ledger_log", "delete"):
        Log.objects.filter(psp=psp).delete()

    result = fsck(psp=psp)

    assert "there is no log" in "\n".join(result.problems)
    assert result.tree_ok
    assert not result.checkpoint_ok
    assert not result.copy_ok


def test_a_log_of_which_only_the_entries_are_left_does_not_hold(psp: Psp) -> None:
    copy_path(psp).unlink()
    with trigger_dropped("ledger_log", "delete"):
        Log.objects.filter(psp=psp).delete()

    result = fsck(psp=psp)

    assert not result.holds
    assert not result.tree_ok
    assert result.copy_ok


def test_an_empty_copy_is_no_copy_to_trust(psp: Psp) -> None:
    copy_path(psp).write_text("")

    result = fsck(psp=psp)

    assert "the copy of the newest checkpoint cannot be trusted" in "\n".join(result.problems)
    assert not result.copy_ok


def test_a_log_that_is_not_published_yet_holds() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    Log.objects.filter(pk=log.pk).update(published_size=0, checkpoint="")

    assert fsck(psp=psp).checkpoint_ok


def test_a_changed_entry_is_named(psp: Psp) -> None:
    with trigger_dropped("ledger_entry", "update"):
        Entry.objects.filter(psp=psp, index=300).update(body=entry(999))

    assert problems(psp) == "entry 300 (sample `dec_300`) was changed"


@pytest.mark.parametrize("index", [300, 599])
def test_a_changed_entry_with_its_leaf_hash_is_found(psp: Psp, index: int) -> None:
    with trigger_dropped("ledger_entry", "update"):
        rows = Entry.objects.filter(psp=psp, index=index)
        rows.update(body=entry(999), leaf_hash=leaf_hash(entry(999)))

    found = problems(psp)
    assert "do not lead to the head's root hash" in found or "tile 0/1" in found
    assert "not those that were signed" in found


def test_a_deleted_entry_is_named(psp: Psp) -> None:
    with trigger_dropped("ledger_entry", "delete"):
        Entry.objects.filter(psp=psp, index=7).delete()

    assert "entry 7 is missing" in problems(psp)


def test_deleted_last_entries_are_found(psp: Psp) -> None:
    with trigger_dropped("ledger_entry", "delete"):
        Entry.objects.filter(psp=psp, index__gte=598).delete()

    assert "the head says 600 entries, there are 598" in problems(psp)


def test_an_added_entry_is_found(psp: Psp) -> None:
    Entry.objects.create(
        psp=psp,
        index=600,
        kind="decision",
        ref="dec_x",
        body=entry(600),
        leaf_hash=leaf_hash(entry(600)),
        sequenced_at=NOW,
    )

    assert "entry 600 beyond the head" in problems(psp)


@pytest.mark.parametrize("column", ["hashes", "root_hash"])
def test_a_changed_tile_is_named(psp: Psp, column: str) -> None:
    tile = HashTile.objects.get(psp=psp, level=0, index=1)
    value = bytearray(getattr(tile, column))
    value[5] ^= 1
    with trigger_dropped("ledger_hashtile", "update"):
        HashTile.objects.filter(psp=psp, level=0, index=1).update(**{column: bytes(value)})

    found = problems(psp)
    assert "tile 0/1 is not what the entries give" in found
    assert "[" not in found


def test_a_missing_and_a_surplus_tile_are_named(psp: Psp) -> None:
    with trigger_dropped("ledger_hashtile", "delete"):
        HashTile.objects.filter(psp=psp, level=0, index=0).delete()
    HashTile.objects.create(psp=psp, level=0, index=2, hashes=bytes(8192), root_hash=bytes(32))

    found = problems(psp)
    assert "tile 0/0 is missing" in found
    assert "tile 0/2 beyond the head" in found


def test_a_database_that_was_rolled_back_is_found(psp: Psp) -> None:
    newer = copy_path(psp).read_text()
    # What a restored backup holds: 600 entries became 520, and everything in it agrees.
    older = make_older(psp, size=520)
    copy_path(psp).write_text(newer)

    result = fsck(psp=psp)
    assert result.problems == (
        "the database was rolled back: size 600 was signed, it is at size 520",
    )
    assert result.tree_ok
    assert result.checkpoint_ok
    assert not result.copy_ok
    assert older.size == 520


def test_a_missing_copy_is_a_problem(psp: Psp) -> None:
    copy_path(psp).unlink()

    assert "whether the database was rolled back cannot be told" in problems(psp)


def test_a_copy_or_checkpoint_that_cannot_be_trusted_is_a_problem(psp: Psp) -> None:
    copy_path(psp).write_text("rubbish")
    log = Log.objects.get(psp=psp)
    Log.objects.filter(psp=psp).update(checkpoint=log.checkpoint.replace("600", "599"))

    found = problems(psp)
    assert "the copy of the newest checkpoint cannot be trusted" in found
    assert "the newest checkpoint cannot be trusted" in found


def test_a_checkpoint_of_another_size_is_a_problem(psp: Psp) -> None:
    Log.objects.filter(psp=psp).update(published_size=599)

    assert "another log or size" in problems(psp)


def test_a_published_size_without_a_checkpoint_is_a_problem(psp: Psp) -> None:
    Log.objects.filter(psp=psp).update(checkpoint="")

    assert "without a checkpoint" in problems(psp)


def test_a_checkpoint_over_other_entries_is_a_problem(psp: Psp) -> None:
    with trigger_dropped("ledger_entry", "update"):
        rows = Entry.objects.filter(psp=psp, index=590)
        rows.update(body=entry(999), leaf_hash=leaf_hash(entry(999)))

    assert "do not lead to the checkpoint's root" in problems(psp)


def test_a_changed_head_is_a_problem(psp: Psp) -> None:
    Log.objects.filter(psp=psp).update(root_hash=bytes(32))

    assert "do not lead to the head's root hash" in problems(psp)


@pytest.mark.parametrize(
    ("table", "event"),
    [
        *(("ledger_entry", "update"), ("ledger_entry", "delete")),
        *(("ledger_hashtile", "update"), ("ledger_hashtile", "delete")),
        *(("ledger_stagedentry", "update"), ("ledger_log", "delete")),
    ],
)
def test_a_missing_trigger_is_named(psp: Psp, table: str, event: str) -> None:
    with trigger_dropped(table, event):
        assert f"`{table}_no_{event}` is missing" in problems(psp)
    assert problems(psp) == ""


@pytest.mark.postgresql
def test_a_missing_trigger_against_truncate_is_named(psp: Psp) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with trigger_dropped("ledger_entry", "truncate"):
        assert "`ledger_entry_no_truncate` is missing" in problems(psp)


@pytest.mark.postgresql
def test_a_trigger_that_refuses_nothing_is_named(psp: Psp) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite a trigger is its own function")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION ninefold_refuse_change() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )

    assert "`ledger_entry_no_update` is missing or has no effect" in problems(psp)


def test_an_expected_entry_may_be_sequenced_or_staged(psp: Psp) -> None:
    stage(psp, 1, start=600)
    EXPECTED.extend(ExpectedEntry("sample", f"dec_{n}", leaf_hash(entry(n))) for n in range(601))

    result = fsck(psp=psp)
    assert result.holds
    assert result.expected == 601


def test_an_expected_entry_that_is_missing_is_named(psp: Psp) -> None:
    EXPECTED.append(ExpectedEntry("sample", "dec_777", leaf_hash(entry(777))))

    result = fsck(psp=psp)
    assert "sample `dec_777` is not in the log" in result.problems[0]
    assert not result.expected_ok
    assert result.tree_ok


def test_an_expected_entry_under_another_name_is_missing(psp: Psp) -> None:
    EXPECTED.append(ExpectedEntry("sample", "dec_8", leaf_hash(entry(7))))

    assert "`dec_8` is not in the log" in problems(psp)


def test_records_that_somebody_removed_are_missed(psp: Psp, settings: Settings) -> None:
    settings.LEDGER_EXPECTED_KINDS = ("sample", "outcome")
    EXPECTED.extend(ExpectedEntry("sample", f"dec_{n}", leaf_hash(entry(n))) for n in range(598))

    result = fsck(psp=psp)
    (problem,) = result.problems
    assert "600 entries of kind sample, the database only 598 of their records" in problem
    assert not result.expected_ok


def test_a_ruined_log_does_not_fill_the_memory(psp: Psp) -> None:
    EXPECTED.extend(ExpectedEntry("sample", f"x_{n}", bytes(32)) for n in range(1_234))

    result = fsck(psp=psp)
    assert len(result.problems) == 101
    assert result.problems[-1] == "… and 1134 more problems"


def test_a_staged_entry_that_was_changed_is_named(psp: Psp) -> None:
    stage(psp, 1, start=600)
    with trigger_dropped("ledger_stagedentry", "update"):
        StagedEntry.objects.filter(psp=psp).update(body=b"{}")

    assert problems(psp) == "the staged entry of sample `dec_600` was changed"


def test_entries_or_a_copy_without_a_log_are_a_problem() -> None:
    psp = make_psp()
    copy_path(psp).parent.mkdir(parents=True, exist_ok=True)
    copy_path(psp).write_text("anything")

    assert "there is no log" in problems(psp)


def make_older(psp: Psp, *, size: int) -> Log:
    """Take the log of `psp` back to an earlier size in which everything agrees."""
    twin = make_psp()
    log = Log.objects.get(psp=psp)
    with trigger_dropped("ledger_entry", "delete"):
        Entry.objects.filter(psp=psp, index__gte=size).delete()
    older = grow(twin, size)

    signer = load_signer(psp, origin=log.origin, vkey=log.vkey)
    head = Checkpoint(origin=log.origin, size=size, root=bytes(older.root_hash))
    Log.objects.filter(pk=log.pk).update(
        size=size,
        root_hash=older.root_hash,
        published_size=size,
        checkpoint=sign_checkpoint(head, signer),
    )
    return older
