"""Shadows: the form, the counts so far, what changes, and the button that stops one."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

import pytest
from django.test import Client

from compliance.backtests.models import Shadow
from compliance.backtests.selectors import shadow_by_ref
from compliance.backtests.shadows import LAG, follow_shadows, start_shadow, stop_shadow
from compliance.ledger.sequencer import sequence_log
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp, Role
from compliance.web.permissions import Permission, roles_with
from policies.packs import load_pack
from tests.support.factories import decision_body, make_person, make_psp, put_policy_in_force
from tests.web.conftest import SignIn
from tests.web.data import decide
from tests.web.html import links_of, text_of

STRICTER = load_pack("balanced").replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)
START = {"days": 14}


@pytest.fixture
def candidate(psp: Psp, now: datetime) -> PolicySetVersion:
    return create_version(psp=psp, source=STRICTER, author=make_person(psp), now=now)


@pytest.fixture
def shadow(psp: Psp, candidate: PolicySetVersion, now: datetime) -> Shadow:
    """A shadow that has seen one decision, which it refuses."""
    begun = now - timedelta(hours=1)
    row = start_shadow(
        psp=psp,
        version_ref=candidate.ref,
        ends_at=now + timedelta(days=14),
        by=make_person(psp, name="Adam Approver"),
        now=begun,
    )
    decide(psp, decision_body(), now=begun + timedelta(minutes=1))
    follow_shadows(now=begun + timedelta(minutes=2) + LAG)
    return shadow_by_ref(psp, row.ref)


def words_on(client: Client, address: str) -> str:
    return text_of(client.get(address).content.decode())


def test_a_shadow_is_started_and_shown(
    officer: Client, psp: Psp, candidate: PolicySetVersion
) -> None:
    response = officer.post("/shadows", START | {"version": candidate.ref})

    row = Shadow.objects.get(psp=psp)
    assert response["Location"] == f"/shadows/{row.ref}"
    assert (row.version, row.ends_at - row.starts_at) == (candidate, timedelta(days=14))
    assert row.requested_by == "Olivia Officer"
    assert "Running" in words_on(officer, f"/shadows/{row.ref}")


def test_a_draft_is_offered_and_what_is_or_was_in_force_is_not(
    officer: Client, psp: Psp, candidate: PolicySetVersion, now: datetime
) -> None:
    old = PolicySetVersion.objects.filter(psp=psp).earliest("number")
    put_policy_in_force(psp, load_pack("observe-first"), now=now - timedelta(minutes=1))
    current = PolicySetVersion.objects.filter(psp=psp).latest("number")

    text = officer.get("/back-tests").content.decode()
    form = text[text.index('action="/shadows"') :]

    assert f'value="{candidate.ref}"' in form
    assert f'value="{old.ref}"' not in form
    assert f'value="{current.ref}"' not in form
    assert f'value="{current.ref}"' in text


def test_the_text_in_force_is_not_offered_under_another_number(
    officer: Client, psp: Psp, now: datetime
) -> None:
    create_version(psp=psp, source=load_pack("balanced"), author=make_person(psp), now=now)

    assert "There is no draft" in words_on(officer, "/back-tests")


@pytest.mark.django_db
def test_beside_nothing_no_shadow_is_offered(sign_in: SignIn, now: datetime) -> None:
    psp = make_psp("Empty PSP")
    create_version(psp=psp, source=STRICTER, author=make_person(psp), now=now)

    assert "nothing to run beside" in words_on(sign_in(psp), "/back-tests")


@pytest.mark.parametrize("days", ["0", "91", "", "many"])
def test_a_form_that_is_not_valid_says_so_where_it_stands(
    officer: Client, psp: Psp, candidate: PolicySetVersion, days: str
) -> None:
    response = officer.post("/shadows", {"version": candidate.ref, "days": days})

    assert response.status_code == 200
    assert "Please look at the marked fields" in text_of(response.content.decode())
    assert "!! missing" not in response.content.decode()
    assert not Shadow.objects.filter(psp=psp).exists()


def test_what_is_no_version_of_this_psp_is_refused(officer: Client, psp: Psp) -> None:
    response = officer.post("/shadows", START | {"version": "pol_" + "0" * 26})

    assert response.status_code == 200
    assert not Shadow.objects.filter(psp=psp).exists()


def test_a_second_shadow_is_neither_offered_nor_started(
    officer: Client, psp: Psp, candidate: PolicySetVersion, shadow: Shadow
) -> None:
    assert "One shadow runs at a time" in words_on(officer, "/back-tests")

    response = officer.post("/shadows", START | {"version": candidate.ref})

    assert response.status_code == 409
    assert "stop the one that runs first" in text_of(response.content.decode())
    assert Shadow.objects.get(psp=psp) == shadow


def test_only_those_who_write_policies_start_and_stop(
    psp: Psp, candidate: PolicySetVersion, shadow: Shadow, sign_in: SignIn
) -> None:
    writers = set(roles_with(Permission.WRITE_POLICIES))
    others = [role for role in Role if role not in writers]

    for role in others:
        client = sign_in(psp, role)
        assert client.post("/shadows", START | {"version": candidate.ref}).status_code == 403
        assert client.post(f"/shadows/{shadow.ref}/stop").status_code == 403
        if role in roles_with(Permission.READ_DECISIONS):
            words = words_on(client, "/back-tests") + words_on(client, f"/shadows/{shadow.ref}")
            assert "Stop the shadow" not in words
            assert "New shadow" not in words
    assert shadow_by_ref(psp, shadow.ref).state == "running"
    for role in writers:
        assert "Stop the shadow" in words_on(sign_in(psp, role), "/back-tests")


def test_the_page_of_back_tests_shows_the_shadow_that_runs(officer: Client, shadow: Shadow) -> None:
    text = officer.get("/back-tests").content.decode()

    change = shadow.changes.get()
    assert "Added step-ups per 100 000" in text_of(text)
    assert f"/decisions/{change.decision_ref}" in links_of(text)
    assert f"/shadows/{shadow.ref}" in links_of(text)
    assert "Shadows that have ended" not in text_of(text)


def test_a_number_of_the_matrix_leads_to_its_decisions(officer: Client, shadow: Shadow) -> None:
    address = f"/shadows/{shadow.ref}"
    change = shadow.changes.get()
    pair = f"{address}?old_effect={change.old_effect}&new_effect={change.new_effect}#changes"
    assert pair in links_of(officer.get(address).content.decode())

    same = officer.get(pair).content.decode()
    other = officer.get(f"{address}?old_effect=hold&new_effect=permit").content.decode()
    nonsense = officer.get(f"{address}?old_effect=maybe&new_effect=permit").content.decode()

    decision = f"/decisions/{change.decision_ref}"
    assert decision in links_of(same)
    assert decision not in links_of(other)
    assert f"{address}#changes" in links_of(other)
    assert decision in links_of(nonsense)


def test_later_changes_are_those_of_the_same_pair(officer: Client, psp: Psp, now: datetime) -> None:
    version = create_version(psp=psp, source=STRICTER, author=make_person(psp), now=now)
    begun = now - timedelta(hours=1)
    row = start_shadow(
        psp=psp, version_ref=version.ref, ends_at=now, by=make_person(psp), now=begun
    )
    for number in range(51):
        decide(psp, decision_body(), now=begun + timedelta(seconds=number + 1))
    follow_shadows(now=now - timedelta(minutes=1))
    address = f"/shadows/{row.ref}?old_effect=permit&new_effect=deny"

    first = links_of(officer.get(address).content.decode())
    (later,) = [link for link in first if "cursor=" in link]
    second = officer.get(later).content.decode()

    assert "old_effect=permit" in later
    assert len([link for link in links_of(second) if link.startswith("/decisions/dec_")]) == 1


def test_counts_follow_while_it_runs_and_the_page_loads_anew_at_its_end(
    officer: Client, psp: Psp, shadow: Shadow, now: datetime
) -> None:
    address = f"/shadows/{shadow.ref}/counts"
    assert f'hx-get="{address}"' in officer.get(f"/shadows/{shadow.ref}").content.decode()
    assert "Compared 1" in words_on(officer, address)

    stop_shadow(psp=psp, ref=shadow.ref, by=make_person(psp), now=now)

    assert officer.get(address)["HX-Refresh"] == "true"
    assert "hx-get" not in officer.get(f"/shadows/{shadow.ref}").content.decode()


def test_a_stopped_shadow_says_by_whom_and_is_listed(officer: Client, shadow: Shadow) -> None:
    response = officer.post(f"/shadows/{shadow.ref}/stop", follow=True)

    words = text_of(response.content.decode())
    assert "Stopped. What it has counted stays." in words
    assert "stopped by Olivia Officer" in words
    assert "Stop the shadow" not in words
    assert "Shadows that have ended" in words_on(officer, "/back-tests")
    assert officer.post(f"/shadows/{shadow.ref}/stop").status_code == 409


def test_a_failed_shadow_says_why(officer: Client, shadow: Shadow, now: datetime) -> None:
    Shadow.objects.filter(pk=shadow.pk).update(
        state="failed", failure="out of luck", finished_at=now
    )

    assert "out of luck" in words_on(officer, f"/shadows/{shadow.ref}")


def test_another_psp_neither_sees_nor_stops_it(
    other_psp: Psp, shadow: Shadow, sign_in: SignIn
) -> None:
    stranger = sign_in(other_psp)

    assert stranger.get(f"/shadows/{shadow.ref}").status_code == 404
    assert stranger.get(f"/shadows/{shadow.ref}/counts").status_code == 404
    assert stranger.post(f"/shadows/{shadow.ref}/stop").status_code == 404
    assert shadow.ref not in stranger.get("/back-tests").content.decode()
    assert shadow_by_ref(shadow.psp, shadow.ref).state == "running"


def test_the_list_is_on_the_page_of_back_tests(officer: Client) -> None:
    assert officer.get("/shadows")["Location"] == "/back-tests"


def test_stopping_is_not_done_by_following_a_link(officer: Client, shadow: Shadow) -> None:
    assert officer.get(f"/shadows/{shadow.ref}/stop").status_code == 405


def test_forms_without_their_token_are_refused(psp: Psp, shadow: Shadow) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person(psp))

    assert client.post(f"/shadows/{shadow.ref}/stop").status_code == 403
    assert client.post("/shadows", START | {"version": shadow.version.ref}).status_code == 403
    assert shadow_by_ref(psp, shadow.ref).state == "running"


def test_the_ledger_leads_from_an_entry_to_the_shadow(
    officer: Client, psp: Psp, shadow: Shadow, now: datetime
) -> None:
    sequence_log(psp=psp, now=now)

    text = officer.get("/ledger").content.decode()

    assert "shadow started" in text_of(text)
    assert f"/shadows/{shadow.ref}" in links_of(text)
