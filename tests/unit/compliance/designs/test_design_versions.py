"""Versions of authentication designs: stored, numbered, read; each step is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta

import pytest

from compliance.core.errors import NotFoundError
from compliance.core.revisions import current_revision
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import (
    design_activations_from,
    design_digests_until,
    design_version_by_digest,
    design_version_in_force,
    read_design_document,
)
from compliance.designs.services import draft_design_version, submit_design_version
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import ApiKey
from policies.documents import DesignDocumentError, digest_of_designs, read_designs
from tests.support.documents import designs
from tests.support.factories import (
    NOW,
    activate_design,
    make_api_key,
    make_person,
    make_psp,
    put_design_in_force,
    submit_design,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_version_keeps_its_text_and_its_digest() -> None:
    psp = make_psp()
    source = b"\xef\xbb\xbf" + designs()
    version = submit_design_version(psp=psp, source=source, person=make_person(psp), now=NOW)

    assert version.ref.startswith("des_")
    assert (version.number, version.name, version.written_by) == (1, "A design", "Olivia Officer")
    assert version.source.encode() == designs()
    assert version.digest == digest_of_designs(read_designs(source))
    assert read_design_document(version.document) == read_designs(source)
    assert read_design_document(version.document) is read_design_document(version.document)
    assert str(version) == "A design 1"


def test_versions_are_numbered_for_each_psp() -> None:
    one, other = make_psp(), make_psp("Other PSP")

    versions = [submit_design(psp) for psp in (one, one, other)]
    assert [version.number for version in versions] == [1, 2, 1]


def test_an_invalid_document_is_not_stored() -> None:
    psp = make_psp()
    make_api_key(psp)

    with pytest.raises(DesignDocumentError):
        submit_design_version(psp=psp, source=b"{}", person=make_person(psp), now=NOW)
    with pytest.raises(DesignDocumentError):
        draft_design_version(psp=psp, source=b"{}", key=ApiKey.objects.get(psp=psp), now=NOW)
    assert not DesignVersion.objects.exists()
    assert not StagedEntry.objects.exists()


def test_each_step_is_a_ledger_entry_without_names_and_every_process_looks_again() -> None:
    psp = make_psp()
    before = current_revision()
    version = submit_design(psp)
    assert current_revision() == before
    activate_design(version)

    entries = StagedEntry.objects.filter(psp=psp, ref=version.ref).order_by("pk")
    bodies = [json.loads(bytes(entry.body)) for entry in entries]
    common = {
        "schema": 1,
        "ref": version.ref,
        "number": 1,
        "digest": version.digest,
        "at": NOW.isoformat(),
    }
    activation = version.activations.get()
    approver = DesignVersion.objects.get(pk=version.pk).approver_id
    assert [entry.kind for entry in entries] == [body["type"] for body in bodies]
    assert bodies == [
        common | {"type": "design_submitted", "person": version.author_id},
        common | {"type": "design_approved", "person": approver, "compared": ""},
        common
        | {
            "type": "design_activated",
            "person": approver,
            "activation": activation.ref,
            "active_from": NOW.isoformat(),
        },
    ]
    assert current_revision() == before + 1


def test_the_version_in_force_is_the_latest_by_then() -> None:
    psp = make_psp()
    first = put_design_in_force(psp)
    second = put_design_in_force(psp, designs(), now=NOW + DAY)
    put_design_in_force(make_psp("Other PSP"), now=NOW - DAY)
    submit_design(psp, now=NOW + DAY)

    assert design_version_in_force(psp, at=NOW - DAY) is None
    assert design_version_in_force(psp, at=NOW) == first
    assert design_version_in_force(psp, at=NOW + DAY) == second
    assert design_digests_until(psp, at=NOW) == {first.digest}
    assert design_digests_until(psp, at=NOW + DAY) == {first.digest, second.digest}
    from_now = design_activations_from(psp, at=NOW + DAY / 2)
    assert [each.version for each in from_now] == [first, second]


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
