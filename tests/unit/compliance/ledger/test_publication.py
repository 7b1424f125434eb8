"""A log never signs two checkpoints that contradict each other."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.ledger.errors import LedgerInconsistentError, LogKeyError
from compliance.ledger.keystore import copy_path, key_path
from compliance.ledger.models import Log, StagedEntry
from compliance.ledger.publication import publish_head, require_consistent_with_copy
from compliance.ledger.sequencer import sequence_all, sequence_log
from compliance.tenants.models import Psp
from tests.integration.ledger_logs import grow, stage
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db


def test_the_copy_outside_the_database_is_the_newest_checkpoint() -> None:
    psp = make_psp()
    grow(psp, 3)
    log = grow(psp, 2, start=3)

    assert copy_path(psp).read_text() == log.checkpoint
    assert copy_path(psp).stat().st_mode & 0o777 == 0o600


def test_a_head_that_is_published_is_not_signed_again() -> None:
    log = grow(make_psp(), 3)
    copy_path(log.psp).unlink()

    publish_head(log_id=log.pk, now=NOW)

    assert not copy_path(log.psp).exists()


def test_a_crash_before_publication_is_made_good_by_the_next_pass() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    older = (log.checkpoint, copy_path(psp).read_text())
    grow(psp, 2, start=3)
    # As if the process had died after the batch was committed.
    Log.objects.filter(pk=log.pk).update(checkpoint=older[0], published_size=3)
    copy_path(psp).write_text(older[1])

    assert sequence_all(now=NOW) == 0

    log.refresh_from_db()
    assert log.published_size == 5
    assert copy_path(psp).read_text() == log.checkpoint


def test_a_crash_after_the_copy_is_made_good_by_the_next_pass() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    older = log.checkpoint
    newer = grow(psp, 2, start=3).checkpoint
    # As if the process had died between the copy and the commit.
    Log.objects.filter(pk=log.pk).update(checkpoint=older, published_size=3)

    assert sequence_all(now=NOW) == 0

    log.refresh_from_db()
    assert log.checkpoint == newer == copy_path(psp).read_text()


def test_a_database_older_than_the_copy_is_refused() -> None:
    psp, twin = make_psp(), make_psp()
    log = grow(psp, 3)
    state = Log.objects.filter(pk=log.pk).values("size", "root_hash", "checkpoint").get()
    grow(psp, 2, start=3)
    # The twin's log stands where a restored database would: same key and copy, but only 3 entries.
    key_path(twin).write_bytes(key_path(psp).read_bytes())
    restored = grow_as(twin, log, count=3)
    copy_path(twin).write_text(copy_path(psp).read_text())
    stage(twin, 1, start=50)

    assert bytes(restored.root_hash) == bytes(state["root_hash"])
    with pytest.raises(LedgerInconsistentError, match="rolled back"):
        sequence_log(psp=twin, now=NOW)
    assert StagedEntry.objects.filter(psp=twin).count() == 1


def test_a_database_with_another_history_is_refused() -> None:
    psp, twin = make_psp(), make_psp()
    log = grow(psp, 3)
    key_path(twin).write_bytes(key_path(psp).read_bytes())
    grow_as(twin, log, count=5, start=70)
    copy_path(twin).write_text(copy_path(psp).read_text())
    stage(twin, 1, start=50)

    with pytest.raises(LedgerInconsistentError, match="not those that were signed"):
        sequence_log(psp=twin, now=NOW)


def test_a_copy_that_is_behind_is_no_contradiction() -> None:
    psp = make_psp()
    grow(psp, 3)
    behind = copy_path(psp).read_text()
    grow(psp, 300, start=3)
    copy_path(psp).write_text(behind)

    log = grow(psp, 1, start=303)

    assert log.published_size == 304
    assert copy_path(psp).read_text() == log.checkpoint


@pytest.mark.parametrize("content", ["", "rubbish", "\x00\xff"])
def test_a_copy_that_cannot_be_read_stops_the_log(content: str) -> None:
    psp = make_psp()
    grow(psp, 3)
    copy_path(psp).write_text(content)
    stage(psp, 1, start=3)

    with pytest.raises(LedgerInconsistentError, match="cannot be trusted"):
        sequence_log(psp=psp, now=NOW)


def test_a_copy_signed_by_another_key_stops_the_log() -> None:
    psp, other = make_psp(), make_psp()
    log = grow(psp, 3)
    grow(other, 3)
    copy_path(psp).write_text(copy_path(other).read_text())

    with pytest.raises(LedgerInconsistentError, match="no known key"):
        require_consistent_with_copy(log)


def test_without_a_copy_the_database_s_own_checkpoint_counts() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    copy_path(psp).unlink()

    require_consistent_with_copy(log)
    log.size, log.root_hash = 3, bytes(32)
    with pytest.raises(LedgerInconsistentError):
        require_consistent_with_copy(log)


def test_without_its_key_a_log_signs_nothing_and_loses_nothing() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    key_path(psp).unlink()
    stage(psp, 2, start=3)

    with pytest.raises(LogKeyError):
        sequence_log(psp=psp, now=NOW)

    log.refresh_from_db()
    assert (log.published_size, log.size) == (3, 5)


def grow_as(twin: Psp, log: Log, *, count: int, start: int = 0) -> Log:
    """Grow a log under the origin and key of another one."""
    Log.objects.filter(pk=log.pk).update(origin=f"{log.origin}/moved")
    grown = Log.objects.create(
        psp=twin,
        origin=log.origin,
        vkey=log.vkey,
        root_hash=bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        created_at=NOW,
    )
    grow(grown.psp, count, start=start)
    grown.refresh_from_db()
    return grown
