"""Versions of authentication designs: stored, in force at once, and a ledger entry each."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.core.errors import NotFoundError
from compliance.core.revisions import current_revision
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import (
    design_version_by_digest,
    design_version_in_force,
    read_design_document,
)
from compliance.designs.services import create_design_version
from compliance.ledger.models import StagedEntry
from policies.documents import DesignDocumentError, digest_of_designs, read_designs
from tests.support.documents import designs
from tests.support.factories import NOW, make_psp, put_design_in_force

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_version_keeps_its_text_and_its_digest() -> None:
    psp = make_psp()
    source = b"\xef\xbb\xbf" + designs()
    version = create_design_version(psp=psp, source=source, created_by="Anna Author", now=NOW)

    assert version.ref.startswith("des_")
    assert (version.number, version.name, version.active_from) == (1, "A design", NOW)
    assert version.source.encode() == designs()
    assert version.digest == digest_of_designs(read_designs(source))
    assert read_design_document(version.document) == read_designs(source)
    assert read_design_document(version.document) is read_design_document(version.document)
    assert str(version) == "A design 1"


def test_versions_are_numbered_for_each_psp() -> None:
    one, other = make_psp(), make_psp("Other PSP")

    versions = [put_design_in_force(psp) for psp in (one, one, other)]
    assert [version.number for version in versions] == [1, 2, 1]


def test_an_invalid_document_is_not_stored() -> None:
    psp = make_psp()

    with pytest.raises(DesignDocumentError):
        create_design_version(psp=psp, source=b"{}", created_by="Anna Author", now=NOW)
    assert not DesignVersion.objects.exists()
    assert not StagedEntry.objects.exists()


def test_a_version_is_a_ledger_entry_and_makes_every_process_look_again() -> None:
    psp = make_psp()
    before = current_revision()
    version = put_design_in_force(psp)

    (entry,) = StagedEntry.objects.filter(psp=psp)
    assert (entry.kind, entry.ref) == ("design_activated", version.ref)
    assert json.loads(bytes(entry.body)) == {
        "schema": 1,
        "type": "design_activated",
        "ref": version.ref,
        "number": 1,
        "digest": version.digest,
        "at": NOW.isoformat(),
    }
    assert current_revision() == before + 1


def test_the_version_in_force_is_the_latest_by_then() -> None:
    psp = make_psp()
    first = put_design_in_force(psp)
    second = put_design_in_force(psp, now=NOW + DAY)
    put_design_in_force(make_psp("Other PSP"), now=NOW - DAY)

    assert design_version_in_force(psp, at=NOW - DAY) is None
    assert design_version_in_force(psp, at=NOW) == first
    assert design_version_in_force(psp, at=NOW + DAY) == second


def test_of_two_at_once_the_later_version_is_in_force() -> None:
    psp = make_psp()
    put_design_in_force(psp)
    second = put_design_in_force(psp, designs())

    assert design_version_in_force(psp, at=NOW) == second


def test_a_text_is_found_by_its_digest_within_the_psp_only() -> None:
    psp, other = make_psp(), make_psp("Other PSP")
    put_design_in_force(psp)
    newest = put_design_in_force(psp)

    assert design_version_by_digest(psp, newest.digest) == newest
    with pytest.raises(NotFoundError):
        design_version_by_digest(other, newest.digest)


def test_the_database_refuses_to_change_or_delete_a_version() -> None:
    version = put_design_in_force(make_psp())

    with pytest.raises(IntegrityError), transaction.atomic():
        DesignVersion.objects.filter(pk=version.pk).update(active_from=NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        version.delete()
