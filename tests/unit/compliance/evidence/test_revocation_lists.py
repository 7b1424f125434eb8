"""Lists of revoked keys in the database, and where they are loaded from."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from compliance.core.errors import NotFoundError
from compliance.core.revisions import current_revision
from compliance.evidence.appraisal import appraise
from compliance.evidence.errors import InvalidRevocationListError, UnreachableListError
from compliance.evidence.models import RevocationList, RevocationSource
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.revocation_lists import (
    load_revocation_list,
    refresh_due_revocation_lists,
    remove_revocation_source,
    set_revocation_source,
)
from compliance.evidence.selectors import (
    revocation_lists_of,
    revocation_sources_of,
    trust_material_of,
)
from compliance.evidence.tasks import refresh_revocation_lists_task
from compliance.tenants.models import Psp
from tests.support.anchored import trust_root
from tests.support.attestation import chain_of, codes, evidence_of
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db


def revoke(psp: Psp | None, *serials: str, now: Any = NOW) -> RevocationList:
    content = json.dumps({"entries": {serial: {"status": "REVOKED"} for serial in serials}})
    return load_revocation_list(psp=psp, provider=NAME, content=content.encode(), now=now)


def test_a_list_of_the_deployment_counts_for_everyone_and_a_psps_own_for_itself() -> None:
    psp, other = make_psp("One"), make_psp("Other")
    revoke(None, "ab")
    revoke(psp, "cd")

    assert set(trust_material_of(psp).revocations[NAME].statuses) == {"ab", "cd"}
    assert set(trust_material_of(other).revocations[NAME].statuses) == {"ab"}


def test_the_newest_list_counts() -> None:
    psp = make_psp()
    revoke(None, "ab")
    newest = revoke(None, "cd", now=NOW + timedelta(days=1))
    known = trust_material_of(psp).revocations[NAME]

    assert dict(known.statuses) == {"cd": "REVOKED"}
    assert (known.digest, known.loaded_at) == (newest.digest, newest.loaded_at)
    assert revocation_lists_of(psp) == [newest]


def test_a_revoked_key_is_found_through_the_database() -> None:
    psp = make_psp()
    trust_root(psp)
    revoke(psp, "1")  # the serial number that devices give to every leaf
    evidence = evidence_of(chain_of(), observed_at=NOW)
    (appraisal,) = appraise([evidence], trust=trust_material_of(psp), at=NOW)

    assert "key.attestation_revoked" in codes(appraisal, "present")


def test_loading_a_list_reaches_every_process() -> None:
    before = current_revision()
    revoke(None)

    assert current_revision() == before + 1


@pytest.mark.parametrize(
    ("provider", "content", "message"),
    [
        (NAME, b"{}", "/entries"),
        (NAME, b"\xff", "expected JSON"),
        ("freerasp", b'{"entries": {}}', "has no revocation list"),
    ],
)
def test_what_is_no_list_is_refused(provider: str, content: bytes, message: str) -> None:
    with pytest.raises(InvalidRevocationListError, match=message):
        load_revocation_list(psp=None, provider=provider, content=content, now=NOW)


def test_lists_are_append_only() -> None:
    revoke(None, "ab")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RevocationList.objects.update(content="{}")


def test_a_list_that_did_not_change_is_stored_once_and_is_young_again() -> None:
    psp = make_psp()
    revoke(psp, "ab")
    again = revoke(psp, "ab", now=NOW + timedelta(days=1))

    contents = RevocationList.objects.order_by("pk").values_list("content", flat=True)
    assert [bool(content) for content in contents] == [True, False]
    known = trust_material_of(psp).revocations[NAME]
    assert dict(known.statuses) == {"ab": "REVOKED"}
    assert known.loaded_at == again.loaded_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "status.json"
    path.write_text('{"entries": {"ab": {"status": "REVOKED"}}}')
    return path


def set_source(psp: Psp | None, path: Path) -> RevocationSource:
    return set_revocation_source(
        psp=psp, provider=NAME, location=str(path), set_by="Oscar Operator", now=NOW
    )


def test_another_source_takes_the_place_of_the_one_before(path: Path, tmp_path: Path) -> None:
    psp, other = make_psp(), tmp_path / "other.json"
    other.write_bytes(path.read_bytes())
    set_source(psp, path)
    second = set_source(psp, other)

    assert revocation_sources_of(psp) == [second]
    assert revocation_sources_of(None) == []
    assert revocation_sources_of(make_psp("Other")) == []
    with pytest.raises(NotFoundError):
        remove_revocation_source(psp=None, ref=second.ref, now=NOW)


def test_nothing_is_kept_of_a_source_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(UnreachableListError, match="No such file"):
        set_source(None, tmp_path / "absent")
    assert not RevocationSource.objects.exists()
    assert not RevocationList.objects.exists()


def test_each_owner_has_one_source_of_a_provider_whatever_path_it_takes(path: Path) -> None:
    for owner in (make_psp(), None):
        row = set_source(owner, path)
        row.pk, row.ref = None, f"src_{owner}"

        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


def test_the_schedule_loads_what_is_a_day_old_and_what_failed(path: Path) -> None:
    psp = make_psp()
    set_source(None, path)
    set_source(psp, path)

    assert refresh_due_revocation_lists(now=NOW + timedelta(hours=22)) == []
    day_after = NOW + timedelta(hours=24)
    content = path.read_bytes()
    path.write_text("{}")
    failed = refresh_due_revocation_lists(now=day_after)
    path.write_bytes(content)
    again = refresh_due_revocation_lists(now=day_after + timedelta(hours=1))

    assert [each.loaded for each in failed] == [None, None]
    assert [each.source.failure for each in failed] == ["/entries: expected an object"] * 2
    assert all(each.loaded is not None and each.source.failure == "" for each in again)
    loaded_at = trust_material_of(psp).revocations[NAME].loaded_at
    assert loaded_at == day_after + timedelta(hours=1)


def test_the_task_refreshes_and_says_what_failed(path: Path) -> None:
    set_source(None, path)
    path.unlink()

    refresh_revocation_lists_task()

    assert "No such file" in revocation_sources_of(None)[0].failure
    assert current_revision() == 1  # the old list stays
