"""What a payer typed goes through the service sealed: in, stored, handed back, and never opened."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from compliance.decisions.models import Decision, SealedInput
from compliance.decisions.presentation import decision_document
from compliance.decisions.replay import replay
from compliance.decisions.selectors import decision_detail
from compliance.evidence.sealed_inputs import SEALED_LIMIT
from compliance.evidence.sealing_keys import retire_sealing_key
from compliance.ledger.models import StagedEntry
from compliance.ledger.staging import entry_bytes
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.factories import (
    NOW,
    decision_body,
    make_api_key,
    make_person,
    make_psp,
    put_policy_in_force,
)
from tests.support.sealing import TYPED, private_key, put_sealing_key, sealed_to, with_header

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_sealing_key(psp)
    put_sealing_key(psp, "RSA")
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def handed_back(psp: Psp, ref: str) -> Any:
    """What `GET /v1/decisions/{ref}` answers; tests/api asks the view itself."""
    return decision_document(decision_detail(psp, ref, now=NOW))["sealed_input"]


def unseal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> bytes:
    out = io.TextIOWrapper(io.BytesIO())
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        call_command("unseal", *arguments)
    return out.buffer.getvalue()


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
def test_it_comes_back_byte_for_byte_and_the_psp_opens_it(
    psp: Psp, caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    sealed = sealed_to(kind)
    key = tmp_path / "private.pem"
    key.write_bytes(private_key(kind).as_pem(private=True))

    ref = caller.decide(sealed_input=sealed)["ref"]

    assert handed_back(psp, ref) == sealed
    arguments = ("--psp", psp.ref, "--decision", ref, "--key", str(key))
    assert unseal(monkeypatch, *arguments) == TYPED
    (row,) = SealedInput.objects.all()
    assert (row.psp_id, row.decision_ref, row.kid) == (psp.pk, ref, f"psp-{kind}")


def test_the_entry_names_the_key_and_commits_to_the_text(psp: Psp, caller: Caller) -> None:
    sealed = sealed_to("P-256")
    ref = caller.decide(sealed_input=sealed)["ref"]

    body = bytes(StagedEntry.objects.get(psp=psp, ref=ref).body)
    leaf = json.loads(body)
    assert entry_bytes(leaf) == body
    assert leaf["sealed_to"] == "psp-P-256"
    assert sealed.split(".")[3] not in body.decode()
    assert replay(psp, ref).agrees
    # The trigger refuses any change; whoever gets past it is found out by the leaf.
    with pytest.raises(DatabaseError), transaction.atomic():
        SealedInput.objects.update(sealed=sealed_to("P-256"))
    SealedInput.objects.all().delete()
    assert "leaf hash" in replay(psp, ref).differences[0]
    SealedInput.objects.create(
        psp=psp, decision_ref=ref, kid="psp-P-256", sealed=sealed_to("P-256")
    )
    assert "leaf hash" in replay(psp, ref).differences[0]


def test_without_it_everything_is_as_before(psp: Psp, caller: Caller) -> None:
    ref = caller.decide()["ref"]

    assert handed_back(psp, ref) is None
    assert caller.decide(sealed_input=None)["ref"]
    assert "sealed_to" not in json.loads(bytes(StagedEntry.objects.get(psp=psp, ref=ref).body))
    with pytest.raises(CommandError, match="no sealed input of decision"):
        call_command("unseal", key=__file__, psp=psp.ref, decision=ref)


@pytest.mark.parametrize(
    ("sealed", "status", "code"),
    [
        ("", 400, "invalid-request"),
        ("PIN 4711", 400, "invalid-request"),
        ({"protected": "e30"}, 400, "invalid-request"),
        (with_header(sealed_to("P-256"), zip="DEF"), 400, "invalid-request"),
        (with_header(sealed_to("P-256"), alg="none"), 422, "unknown-sealing-key"),
        (with_header(sealed_to("P-256"), alg="dir"), 422, "unknown-sealing-key"),
        (with_header(sealed_to("P-256"), enc="A128GCM"), 422, "unknown-sealing-key"),
        (sealed_to("X25519"), 422, "unknown-sealing-key"),
        ("A" * (SEALED_LIMIT + 1), 422, "limit-exceeded"),
    ],
)
def test_what_is_not_taken_is_refused_at_its_place_and_leaves_nothing(
    caller: Caller, sealed: Any, status: int, code: str
) -> None:
    response = caller.post(decision_body(sealed_input=sealed))

    assert (response.status, response.json["code"]) == (status, code)
    assert response.pointers == ["/sealed_input"]
    assert not Decision.objects.exists()
    assert "4711" not in response.body.decode()


def test_a_retired_key_and_another_psps_key_are_not_taken(psp: Psp) -> None:
    other = make_psp("Other PSP")
    put_sealing_key(other, "X25519")
    sealed = sealed_to("P-256")
    with running(make_api_key(psp)) as caller:
        ref = caller.decide(sealed_input=sealed)["ref"]
    retire_sealing_key(psp=psp, kid="psp-P-256", by=make_person(psp), now=NOW)

    with running(make_api_key(psp)) as caller:
        for text in (sealed, sealed_to("X25519")):
            response = caller.post(decision_body(sealed_input=text))
            assert (response.status, response.json["code"]) == (422, "unknown-sealing-key")
    # What was sealed to it before is still handed back, to its own PSP.
    assert handed_back(psp, ref) == sealed


def test_the_largest_is_stored_whole_on_any_database(psp: Psp, caller: Caller) -> None:
    room = SEALED_LIMIT - len(sealed_to("P-256", b"x")) - 4
    sealed = sealed_to("P-256", b"\xff" * (room * 3 // 4))
    assert SEALED_LIMIT - 10 < len(sealed) <= SEALED_LIMIT

    ref = caller.decide(sealed_input=sealed)["ref"]

    assert handed_back(psp, ref) == sealed
