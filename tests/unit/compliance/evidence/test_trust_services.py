"""Trust anchors in the database: by two people, or by a known key."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import DatabaseError, IntegrityError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.revisions import current_revision
from compliance.evidence.appraisal import appraise
from compliance.evidence.errors import InvalidTrustAnchorError
from compliance.evidence.models import AnchorState, TrustAnchor
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.shape import Appraisal
from compliance.evidence.selectors import (
    trust_anchor_by_ref,
    trust_anchors_of,
    trust_material_of,
)
from compliance.evidence.services import (
    add_trust_anchor,
    approve_trust_anchor,
    remove_trust_anchor,
)
from compliance.ledger.models import StagedEntry
from compliance.tenants.errors import RoleTooSmallError, SelfApprovalError, StaleApprovalError
from compliance.tenants.models import Psp, Role
from tests.support.anchored import propose_root, trust_root
from tests.support.app_attest import attest, of_attestation, pki
from tests.support.attestation import authority, chain_of, evidence_of
from tests.support.factories import NOW, make_person, make_psp

pytestmark = pytest.mark.django_db


def appraised_for(psp: Psp) -> Appraisal:
    evidence = evidence_of(chain_of(), observed_at=NOW)
    (appraisal,) = appraise([evidence], trust=trust_material_of(psp), at=NOW)
    return appraisal


def test_a_root_counts_for_the_psp_that_registered_it_and_for_no_other() -> None:
    psp, other = make_psp("One"), make_psp("Other")
    trust_root(psp)

    assert appraised_for(psp).verified
    assert not appraised_for(other).verified
    assert trust_anchors_of(other) == []


def test_a_root_of_app_attest_counts_as_well() -> None:
    psp = make_psp()
    pem = pki().root.certificate.public_bytes(Encoding.PEM)
    data = attest()
    before = of_attestation(data, trust_material_of(psp))
    trust_root(psp, provider="apple_app_attest", pem=pem)

    assert not before.verified
    assert of_attestation(data, trust_material_of(psp)).verified


def staged(kind: str) -> list[dict[str, Any]]:
    return [json.loads(bytes(entry.body)) for entry in StagedEntry.objects.filter(kind=kind)]


def test_an_unknown_root_counts_once_another_person_has_approved_it() -> None:
    psp = make_psp()
    proposed = propose_root(psp)
    before, revision = appraised_for(psp), current_revision()
    approver = make_person(psp, Role.APPROVER)
    anchor = approve_trust_anchor(
        psp=psp, ref=proposed.ref, digest=proposed.public_key_digest, approver=approver, now=NOW
    )

    assert (proposed.state, anchor.state) == (AnchorState.PROPOSED, AnchorState.TRUSTED)
    assert not before.verified
    assert appraised_for(psp).verified
    assert current_revision() == revision + 1
    assert trust_anchor_by_ref(psp, anchor.ref).approved_by == approver


def test_each_step_is_a_ledger_entry_that_names_nobody() -> None:
    psp = make_psp()
    anchor = trust_root(psp)
    remove_trust_anchor(psp=psp, ref=anchor.ref, by=make_person(psp), now=NOW)
    bodies = [json.loads(bytes(each.body)) for each in StagedEntry.objects.order_by("pk")]

    assert [body["type"] for body in bodies] == [
        "trust_anchor_proposed",
        "trust_anchor_added",
        "trust_anchor_removed",
    ]
    assert {body["public_key_digest"] for body in bodies} == {anchor.public_key_digest}
    assert bodies[0]["person"] != bodies[1]["person"]
    assert "Petra" not in repr(bodies)


def test_who_proposed_a_root_cannot_approve_it_by_any_path() -> None:
    psp = make_psp()
    approver = make_person(psp, Role.APPROVER)
    anchor = propose_root(psp, by=approver)

    with pytest.raises(SelfApprovalError):
        approve_trust_anchor(
            psp=psp,
            ref=anchor.ref,
            digest=anchor.public_key_digest,
            approver=approver,
            now=NOW,
        )
    rows = TrustAnchor.objects.filter(pk=anchor.pk)
    with (
        pytest.raises(IntegrityError, match="nobody_approves_their_own_root"),
        transaction.atomic(),
    ):
        rows.update(approved_by=approver, approved_at=NOW)
    assert trust_anchors_of(psp) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"approved_at": NOW},
        {"is_known": True},
        {"before_four_eyes": True},
        {"pem": "another"},
        {"proposed_by": None},
    ],
)
def test_the_database_lets_no_root_become_trusted_otherwise(changes: dict[str, Any]) -> None:
    anchor = propose_root(make_psp())

    with pytest.raises(DatabaseError), transaction.atomic():
        TrustAnchor.objects.filter(pk=anchor.pk).update(**changes)


@pytest.mark.parametrize("changes", [{"is_known": True}, {"before_four_eyes": True}])
def test_no_row_begins_as_trusted_unless_its_key_is_in_the_table(changes: dict[str, Any]) -> None:
    anchor = propose_root(make_psp())
    other = make_psp("Other")
    anchor.pk, anchor.ref, anchor.psp = None, "anc_forged", other
    for name, value in changes.items():
        setattr(anchor, name, value)

    with pytest.raises(DatabaseError), transaction.atomic():
        anchor.save(force_insert=True)


def test_an_approval_and_a_removal_are_final() -> None:
    psp = make_psp()
    rows = TrustAnchor.objects.filter(pk=trust_root(psp).pk)

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(approved_by=None, approved_at=None)
    remove_trust_anchor(psp=psp, ref=rows.get().ref, by=make_person(psp), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(removed_at=None)


def test_an_approval_is_of_the_key_that_was_looked_at() -> None:
    psp = make_psp()
    anchor = propose_root(psp)
    approver = make_person(psp, Role.APPROVER)

    with pytest.raises(StaleApprovalError):
        approve_trust_anchor(
            psp=psp, ref=anchor.ref, digest="sha256:00", approver=approver, now=NOW
        )


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.APPROVER])
def test_only_an_approver_approves(role: Role) -> None:
    psp = make_psp()
    anchor = propose_root(psp)

    with pytest.raises(RoleTooSmallError):
        approve_trust_anchor(
            psp=psp,
            ref=anchor.ref,
            digest=anchor.public_key_digest,
            approver=make_person(psp, role),
            now=NOW,
        )


def test_somebody_of_another_psp_neither_proposes_nor_approves() -> None:
    psp, other = make_psp("One"), make_psp("Other")
    stranger = make_person(other, Role.APPROVER)
    anchor = propose_root(psp)

    with pytest.raises(RoleTooSmallError):
        propose_root(psp, by=stranger)
    for owner, error in ((psp, RoleTooSmallError), (other, NotFoundError)):
        with pytest.raises(error):
            approve_trust_anchor(
                psp=owner,
                ref=anchor.ref,
                digest=anchor.public_key_digest,
                approver=stranger,
                now=NOW,
            )


def test_a_refused_root_is_never_trusted_and_may_be_proposed_again() -> None:
    psp = make_psp()
    anchor = propose_root(psp)
    approver = make_person(psp, Role.APPROVER)
    refused = remove_trust_anchor(psp=psp, ref=anchor.ref, by=approver, now=NOW)

    assert refused.state is AnchorState.REFUSED
    assert staged("trust_anchor_refused")
    with pytest.raises(ConflictError, match="does not wait"):
        approve_trust_anchor(
            psp=psp, ref=anchor.ref, digest=anchor.public_key_digest, approver=approver, now=NOW
        )
    with pytest.raises(ConflictError, match="was refused before"):
        remove_trust_anchor(psp=psp, ref=anchor.ref, by=approver, now=NOW)
    assert propose_root(psp).state is AnchorState.PROPOSED


def test_an_engineer_takes_back_what_they_proposed_and_removes_nothing_else() -> None:
    psp = make_psp()
    engineer = make_person(psp, Role.ENGINEER)
    anchor = propose_root(psp, by=engineer)
    taken_back = remove_trust_anchor(psp=psp, ref=anchor.ref, by=engineer, now=NOW)
    trusted = trust_root(psp, by=engineer)

    assert taken_back.state is AnchorState.REFUSED
    with pytest.raises(RoleTooSmallError):
        remove_trust_anchor(psp=psp, ref=trusted.ref, by=engineer, now=NOW)


def test_a_root_of_the_deployment_counts_for_every_psp_and_is_in_every_log() -> None:
    psp, other = make_psp("One"), make_psp("Other")
    proposed = propose_root(psp)
    remove_trust_anchor(psp=psp, ref=proposed.ref, by=make_person(psp), now=NOW)
    anchor = add_trust_anchor(
        psp=None,
        provider=NAME,
        pem=authority().root_pem,
        label="for all",
        demonstration=False,
        by=make_person(psp),
        now=NOW,
    )
    early = appraised_for(other).verified
    approver = make_person(other, Role.APPROVER)
    with pytest.raises(NotFoundError):  # no PSP approves for all
        approve_trust_anchor(
            psp=other, ref=anchor.ref, digest=anchor.public_key_digest, approver=approver, now=NOW
        )
    approve_trust_anchor(
        psp=None, ref=anchor.ref, digest=anchor.public_key_digest, approver=approver, now=NOW
    )

    assert not early
    assert [appraised_for(each).verified for each in (psp, other)] == [True, True]
    added = staged("trust_anchor_added")
    assert [(body["for"], "person" in body) for body in added] == [("deployment", False)] * 2
    with pytest.raises(ConflictError, match="trusted already"):
        add_trust_anchor(
            psp=None,
            provider=NAME,
            pem=authority().root_pem,
            label="again",
            demonstration=False,
            by=approver,
            now=NOW,
        )


def test_what_is_invented_is_never_trusted_by_all() -> None:
    psp = make_psp()

    with pytest.raises(InvalidTrustAnchorError, match="one PSP alone"):
        add_trust_anchor(
            psp=None,
            provider=NAME,
            pem=authority().root_pem,
            label="x",
            demonstration=True,
            by=make_person(psp),
            now=NOW,
        )


def test_who_only_looks_proposes_nothing() -> None:
    psp = make_psp()
    nobody = make_person(psp, Role.REGULATOR)

    with pytest.raises(RoleTooSmallError):
        propose_root(psp, by=nobody)


def test_the_mark_of_a_demonstration_reaches_the_appraisal() -> None:
    psp = make_psp()
    trust_root(psp, demonstration=True)

    assert appraised_for(psp).details["demonstration"] is True


def test_the_same_key_is_not_registered_twice() -> None:
    psp = make_psp()
    trust_root(psp)

    with pytest.raises(ConflictError, match="is trusted already"):
        trust_root(psp, label="the same under another name")


def test_a_removed_root_is_no_longer_trusted_and_may_come_back() -> None:
    psp = make_psp()
    anchor = trust_root(psp)
    remove_trust_anchor(psp=psp, ref=anchor.ref, by=make_person(psp), now=NOW)

    assert not appraised_for(psp).verified
    assert trust_anchor_by_ref(psp, anchor.ref).removed_at == NOW
    with pytest.raises(ConflictError, match="was removed before"):
        remove_trust_anchor(psp=psp, ref=anchor.ref, by=make_person(psp), now=NOW)
    assert trust_root(psp).ref != anchor.ref
    assert appraised_for(psp).verified
    kinds = list(StagedEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "trust_anchor_proposed",
        "trust_anchor_added",
        "trust_anchor_removed",
        "trust_anchor_proposed",
        "trust_anchor_added",
    ]


def test_the_root_of_another_psp_cannot_be_removed() -> None:
    anchor, other = trust_root(make_psp()), make_psp("Other")

    with pytest.raises(NotFoundError):
        remove_trust_anchor(psp=other, ref=anchor.ref, by=make_person(other), now=NOW)


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
        trust_root(make_psp(), **changes)
    assert not StagedEntry.objects.exists()


def test_a_root_with_a_weak_key_is_refused() -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose
    name = x509.Name([])
    weak = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW)
    pem = weak.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

    with pytest.raises(InvalidTrustAnchorError, match="too weak"):
        trust_root(make_psp(), pem=pem)


def test_rows_of_roots_are_kept() -> None:
    anchor = trust_root(make_psp())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TrustAnchor.objects.filter(pk=anchor.pk).delete()


def test_without_anything_registered_googles_roots_alone_are_trusted() -> None:
    material = trust_material_of(make_psp())

    assert material.anchors == ()
    assert material.revocations == {}
