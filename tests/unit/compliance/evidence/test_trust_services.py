"""Trust anchors and lists of revoked keys in the database."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import DatabaseError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.revisions import current_revision
from compliance.evidence.appraisal import appraise
from compliance.evidence.errors import InvalidRevocationListError, InvalidTrustAnchorError
from compliance.evidence.models import RevocationList, TrustAnchor
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.shape import Appraisal
from compliance.evidence.selectors import (
    revocation_lists_of,
    trust_anchor_by_ref,
    trust_anchors_of,
    trust_material_of,
)
from compliance.evidence.services import (
    add_trust_anchor,
    load_revocation_list,
    remove_trust_anchor,
)
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from tests.support.attestation import authority, chain_of, codes, evidence_of
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db


def add_root(psp: Psp, **changes: Any) -> TrustAnchor:
    values: dict[str, Any] = {
        "psp": psp,
        "provider": NAME,
        "pem": authority().root_pem,
        "label": "a root of tests",
        "demonstration": False,
        "added_by": "Ada Administrator",
        "now": NOW,
    }
    return add_trust_anchor(**values | changes)


def revoke(psp: Psp | None, *serials: str, now: Any = NOW) -> RevocationList:
    content = json.dumps({"entries": {serial: {"status": "REVOKED"} for serial in serials}})
    return load_revocation_list(psp=psp, provider=NAME, content=content.encode(), now=now)


def appraised_for(psp: Psp) -> Appraisal:
    evidence = evidence_of(chain_of(), observed_at=NOW)
    (appraisal,) = appraise([evidence], trust=trust_material_of(psp), at=NOW)
    return appraisal


def test_a_root_counts_for_the_psp_that_registered_it_and_for_no_other() -> None:
    psp, other = make_psp("One"), make_psp("Other")
    add_root(psp)

    assert appraised_for(psp).verified
    assert not appraised_for(other).verified
    assert trust_anchors_of(other) == []


def test_registering_a_root_is_a_ledger_entry_and_reaches_every_process() -> None:
    before = current_revision()
    anchor = add_root(make_psp())
    entry = StagedEntry.objects.get()
    body = json.loads(bytes(entry.body))

    assert (entry.kind, entry.ref) == ("trust_anchor_added", anchor.ref)
    assert body["public_key_digest"] == anchor.public_key_digest
    assert "Ada" not in repr(body)
    assert current_revision() == before + 1


def test_the_mark_of_a_demonstration_reaches_the_appraisal() -> None:
    psp = make_psp()
    add_root(psp, demonstration=True)

    assert appraised_for(psp).details["demonstration"] is True


def test_the_same_key_is_not_registered_twice() -> None:
    psp = make_psp()
    add_root(psp)

    with pytest.raises(ConflictError, match="is trusted already"):
        add_root(psp, label="the same under another name")


def test_a_removed_root_is_no_longer_trusted_and_may_come_back() -> None:
    psp = make_psp()
    anchor = add_root(psp)
    remove_trust_anchor(psp=psp, ref=anchor.ref, now=NOW)

    assert not appraised_for(psp).verified
    assert trust_anchor_by_ref(psp, anchor.ref).removed_at == NOW
    with pytest.raises(ConflictError, match="was removed before"):
        remove_trust_anchor(psp=psp, ref=anchor.ref, now=NOW)
    assert add_root(psp).ref != anchor.ref
    assert appraised_for(psp).verified
    kinds = list(StagedEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["trust_anchor_added", "trust_anchor_removed", "trust_anchor_added"]


def test_the_root_of_another_psp_cannot_be_removed() -> None:
    anchor = add_root(make_psp())

    with pytest.raises(NotFoundError):
        remove_trust_anchor(psp=make_psp("Other"), ref=anchor.ref, now=NOW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"provider": "freerasp"}, "provider `freerasp`"),
        ({"provider": "tea_leaves"}, "provider `tea_leaves`"),
        ({"label": ""}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"pem": ""}, "expected a certificate"),
        ({"pem": b"\xff\x00"}, "expected a certificate"),
        ({"pem": authority().root_pem * 2}, "expected one certificate, found 2"),
    ],
)
def test_what_cannot_be_a_root_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidTrustAnchorError, match=message):
        add_root(make_psp(), **changes)
    assert not StagedEntry.objects.exists()


def test_a_root_with_a_weak_key_is_refused() -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose
    name = x509.Name([])
    weak = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW)
    pem = weak.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

    with pytest.raises(InvalidTrustAnchorError, match="too weak"):
        add_root(make_psp(), pem=pem)


def test_rows_of_roots_are_kept() -> None:
    anchor = add_root(make_psp())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TrustAnchor.objects.filter(pk=anchor.pk).delete()


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
    add_root(psp)
    revoke(psp, "1")  # the serial number that devices give to every leaf

    assert "key.attestation_revoked" in codes(appraised_for(psp), "present")


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


def test_without_anything_registered_googles_roots_alone_are_trusted() -> None:
    material = trust_material_of(make_psp())

    assert material.anchors == ()
    assert material.revocations == {}
