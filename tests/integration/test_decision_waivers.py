"""Waivers at run time: who is in their scope, what the decision says, and that it can be replayed."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from compliance.decisions.contexts import load_context
from compliance.decisions.models import Decision, DecisionRecord
from compliance.decisions.presentation import decision_document
from compliance.decisions.replay import replay
from compliance.decisions.selectors import decision_detail
from compliance.ledger.models import StagedEntry
from compliance.policysets.models import Waiver
from compliance.policysets.waivers import revoke_waiver
from compliance.tenants.models import Psp
from tests.api.recorded import make_answer, threatened
from tests.support.factories import (
    NOW,
    decision_body,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.waived import ask_for_waiver, put_waiver_in_force

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ROOTED = threatened("privilegedAccess")


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


def without_waiver(psp: Psp) -> dict[str, Any]:
    return make_answer(psp, **ROOTED)


def test_a_waived_rule_is_set_aside_and_the_decision_names_the_waiver(psp: Psp) -> None:
    before = without_waiver(psp)
    waiver = put_waiver_in_force(psp)

    answer = make_answer(psp, **ROOTED)

    assert (before["effect"], before["disposition"], before["waivers"]) == (
        *("step_up", "enforced"),
        [],
    )
    assert "rooted" in before["determining_rules"]
    assert answer["disposition"] == "tolerated"
    assert answer["waivers"] == [waiver.ref]
    assert "rooted" not in answer["determining_rules"]
    assert Decision.objects.get(ref=answer["ref"]).waivers == [waiver.ref]


def test_the_ledger_entry_names_the_waiver_and_only_where_there_is_one(psp: Psp) -> None:
    before = without_waiver(psp)
    waiver = put_waiver_in_force(psp)
    answer = make_answer(psp, **ROOTED)

    bodies = {
        row.ref: json.loads(bytes(row.body)) for row in StagedEntry.objects.filter(kind="decision")
    }

    assert "waivers" not in bodies[before["ref"]]
    assert bodies[answer["ref"]]["waivers"] == [waiver.ref]
    assert bodies[answer["ref"]]["waivers_count"] == 1
    assert bodies[answer["ref"]]["disposition"] == "tolerated"


def test_a_waiver_of_a_rule_that_would_not_have_counted_is_not_named(psp: Psp) -> None:
    put_waiver_in_force(psp)

    answer = make_answer(psp)

    assert (answer["disposition"], answer["waivers"]) == ("clear", [])


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        ({"app_version": "7.3.1"}, True),
        ({"app_version": "7.3.1.0"}, True),
        ({"app_version": "7.3"}, False),
        ({"app_version": "", "device_model": "Pixel 8a"}, True),
        ({"app_version": "", "device_model": "Pixel 8"}, False),
        ({"app_version": "", "channel": "mobile-app"}, True),
        ({"app_version": "", "channel": "web"}, False),
        ({"app_version": "7.3.1", "device_model": "Pixel 8a", "channel": "mobile-app"}, True),
        ({"app_version": "7.3.1", "device_model": "Pixel 8a", "channel": "web"}, False),
    ],
)
def test_a_waiver_applies_to_its_scope_alone(
    psp: Psp, scope: dict[str, Any], *, fits: bool
) -> None:
    waiver = put_waiver_in_force(psp, **scope)

    answer = make_answer(psp, **ROOTED)

    assert answer["waivers"] == ([waiver.ref] if fits else [])


@pytest.mark.parametrize("version", ["", "7.3.1-beta"])
def test_a_version_that_is_left_out_or_cannot_be_read_is_in_no_scope_that_names_one(
    psp: Psp, version: str
) -> None:
    put_waiver_in_force(psp)
    device = decision_body()["device"] | {"app_version": version}

    assert make_answer(psp, device=device, **ROOTED)["waivers"] == []


def test_a_waiver_that_nobody_approved_does_nothing(psp: Psp) -> None:
    ask_for_waiver(psp)

    assert make_answer(psp, **ROOTED)["disposition"] == "enforced"


def test_a_waiver_begins_and_ends_by_itself_without_being_read_again(psp: Psp) -> None:
    put_waiver_in_force(psp, starts_at=NOW + DAY, expires_at=NOW + 2 * DAY)
    (waiver,) = load_context(psp, now=NOW).waivers
    moments = (NOW, NOW + DAY, NOW + 2 * DAY - timedelta(microseconds=1), NOW + 2 * DAY)

    attributes = {"app_version": (7, 3, 1)}

    assert [waiver.fits(attributes, moment) for moment in moments] == [False, True, True, False]
    assert load_context(psp, now=NOW + 2 * DAY).waivers == ()


def test_a_revoked_waiver_is_not_used(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp)
    revoke_waiver(psp=psp, ref=waiver.ref, by=make_person(psp), now=NOW)

    assert make_answer(psp, **ROOTED)["disposition"] == "enforced"


def test_several_waivers_of_a_rule_are_all_named(psp: Psp) -> None:
    refs = sorted(put_waiver_in_force(psp).ref for _ in range(2))

    assert make_answer(psp, **ROOTED)["waivers"] == refs


def test_waivers_of_another_psp_do_nothing(psp: Psp) -> None:
    other = make_psp("Other PSP")
    put_policy_in_force(other)
    put_waiver_in_force(other)

    assert make_answer(psp, **ROOTED)["disposition"] == "enforced"


def test_a_decision_under_a_waiver_can_be_replayed_even_when_it_is_revoked(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp)
    ref = make_answer(psp, **ROOTED)["ref"]
    assert replay(psp, ref).differences == ()

    revoke_waiver(psp=psp, ref=waiver.ref, by=make_person(psp), now=NOW + DAY)

    assert replay(psp, ref).agrees


def test_a_waiver_that_did_not_fit_shows_in_a_replay(psp: Psp) -> None:
    foreign = put_waiver_in_force(psp, app_version="", channel="web")
    late = put_waiver_in_force(psp, starts_at=NOW + DAY)
    ref = without_waiver(psp)["ref"]
    decision = Decision.objects.get(ref=ref)
    # The table is append-only: a forged row has to be another decision's.
    decision.pk = None
    decision.ref = ref[:-1] + ("0" if ref[-1] != "0" else "1")
    decision.waivers = [foreign.ref, late.ref]
    decision.save(force_insert=True)
    _copy_record(ref, decision.ref)

    differences = " ".join(replay(psp, decision.ref).differences)

    assert f"{foreign.ref} is recorded, which does not fit" in differences
    assert f"{late.ref} is recorded, which did not apply" in differences


def _copy_record(ref: str, to: str) -> None:
    record = DecisionRecord.objects.get(decision_ref=ref)
    record.pk = None
    record.decision_ref = to
    record.save(force_insert=True)


def test_a_waiver_that_left_no_trace_shows_in_a_replay(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp)
    ref = make_answer(psp, **ROOTED)["ref"]
    decision = Decision.objects.get(ref=ref)
    decision.pk, decision.ref, decision.waivers = None, ref[:-1] + "~", []
    decision.save(force_insert=True)
    _copy_record(ref, decision.ref)

    assert waiver.ref
    assert not replay(psp, decision.ref).agrees


def test_the_document_of_a_decision_says_which_rule_was_waived(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp)
    ref = make_answer(psp, **ROOTED)["ref"]

    document = decision_document(decision_detail(psp, ref, now=NOW))

    waived = [each["rule"] for each in document["explanation"] if each["waived"]]
    assert document["waivers"] == [waiver.ref]
    assert waived == ["rooted"]
    assert not any(each["counted"] for each in document["explanation"] if each["waived"])
    assert decision_detail(psp, ref, now=NOW).waivers == (Waiver.objects.get(pk=waiver.pk),)


def test_the_command_that_decides_says_what_was_waived(psp: Psp, tmp_path: Path) -> None:
    waiver = put_waiver_in_force(psp, now=timezone.now())
    file = tmp_path / "request.json"
    file.write_text(json.dumps(decision_body(**ROOTED)))
    out = StringIO()

    call_command("decide", str(file), psp=psp.ref, stdout=out)

    assert f"waiver: {waiver.ref}" in out.getvalue()
    assert "waived rooted:" in out.getvalue()
