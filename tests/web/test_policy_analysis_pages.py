"""The analysis on the page of a version: how far it is, what it found, and what it stands in the way of."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.backtests.services import request_back_test
from compliance.policysets.models import Analysis, PolicySetVersion
from compliance.policysets.services import approve_version, create_version, submit_version
from compliance.tenants.models import Psp, Role, User
from policies.packs import load_pack
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import make_person, put_design_in_force
from tests.support.unproved import MISSING, submit_and_analyse, unproved
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn
from tests.web.html import links_of, text_of


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp, name="Anna Author")


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Amy Approver")


@pytest.fixture
def submitted(psp: Psp, author: User, now: datetime) -> PolicySetVersion:
    """A version whose analysis waits for a worker."""
    version = create_version(psp=psp, source=policy(rule()), author=author, now=now)
    return submit_version(psp=psp, ref=version.ref, person=author, now=now)


@pytest.fixture
def refuted(psp: Psp, author: User, now: datetime) -> PolicySetVersion:
    """A version of which two properties do not hold."""
    return submit_and_analyse(psp, author, now=now)


def page_of(client: Client, version: PolicySetVersion) -> str:
    page = client.get(f"/policies/{version.number}").content.decode()
    assert "!! missing" not in page
    return page


def test_an_analysis_shows_how_far_it_is_and_the_page_loads_anew_when_it_is_ready(
    officer: Client, submitted: PolicySetVersion, now: datetime
) -> None:
    address = f"/policies/{submitted.number}/analysis/progress"
    waiting = text_of(page_of(officer, submitted))
    submitted.analyses.update(state="running", done=4, steps=10, beat_at=now)
    running = text_of(page_of(officer, submitted))
    part = officer.get(address)

    assert "Waiting for a worker" in waiting
    assert "Running 40" in running
    assert "See how far it is now" in running
    assert "Running 40" in text_of(part.content.decode())
    submitted.analyses.update(state="failed", failure="out of luck", finished_at=now)
    assert officer.get(address)["HX-Refresh"] == "true"


def test_while_it_runs_nobody_is_offered_an_approval(
    submitted: PolicySetVersion, approver: User
) -> None:
    page = page_of(confirmed(approver), submitted)

    assert 'name="not_mine"' not in page
    assert "It cannot be approved yet: Version 2 is being analysed (0 %)." in text_of(page)


def test_a_failed_analysis_says_why_and_is_asked_for_anew(
    submitted: PolicySetVersion, approver: User, now: datetime
) -> None:
    submitted.analyses.update(state="failed", failure="out of luck", finished_at=now)
    client = confirmed(approver)
    page = page_of(client, submitted)

    client.post(f"/policies/{submitted.number}/analyse")

    assert "The analysis was not finished. out of luck" in text_of(page)
    assert "It cannot be approved yet" in text_of(page)
    assert 'name="not_mine"' not in page
    assert submitted.analyses.filter(state="requested").count() == 1


def test_a_draft_is_analysed_when_somebody_asks(
    psp: Psp, author: User, officer: Client, now: datetime
) -> None:
    draft = create_version(psp=psp, source=policy(rule()), author=author, now=now)
    before = text_of(page_of(officer, draft))

    after = officer.post(f"/policies/{draft.number}/analyse", follow=True).content.decode()

    assert "Not analysed yet" in before
    assert "Waiting for a worker" in after


def test_each_property_has_its_word_and_what_is_not_proved_its_story(
    officer: Client, refuted: PolicySetVersion
) -> None:
    page = page_of(officer, refuted)
    text = text_of(page)

    assert "8 of 10 properties proved" in text
    assert "Proved P1 Every duty is answered" in text
    assert "Violated P5 Stripping evidence gains nothing" in text
    assert "which is weaker" in text
    assert "&quot;elements&quot;: [&quot;knowledge&quot;, &quot;possession&quot;]" in page
    assert "under the authentication design App PIN and device key, version 1" in text


def test_rules_that_it_is_about_lead_to_their_sentences(
    psp: Psp, author: User, officer: Client, now: datetime
) -> None:
    twice = load_pack("balanced").replace(
        b"rules:\n",
        b"rules:\n  - {id: twice, when: {finding: app.cloned}, effect: deny,"
        b" obligations: [{action: revoke_element, element: possession, within: 1h}]}\n",
        1,
    )
    version = submit_and_analyse(psp, author, twice, now=now)

    page = page_of(officer, version)

    assert "Violated, warns P9" in text_of(page)
    assert "#rule-twice" in links_of(page, "mono")
    assert "Ask for a waiver" not in text_of(page)


def test_test_cases_say_what_came_out_otherwise(
    psp: Psp, author: User, officer: Client, now: datetime
) -> None:
    version = submit_and_analyse(psp, author, unproved(failing_case=True), now=now)

    page = page_of(officer, version)

    assert "1 came out otherwise than expected, 22 as expected" in text_of(page)
    assert "expected deny, decided permit" in text_of(page)
    assert "Failed 1" in text_of(page)
    assert 'href="#cases"' in page


def test_rules_that_no_case_touches_are_named(
    psp: Psp, author: User, officer: Client, now: datetime
) -> None:
    case = {"name": "Nothing", "given": {}, "expect": {"effect": "permit"}}
    source = policy(rule(), rule(id="lonely", when={"finding": "app.cloned"}), tests=[case])
    version = submit_and_analyse(psp, author, source, now=now)

    page = page_of(officer, version)

    assert "Rules that no case touches" in text_of(page)
    assert "#rule-lonely" in links_of(page, "mono")


def test_what_is_decided_otherwise_is_told_with_a_case_and_the_rule_that_had_it(
    officer: Client, refuted: PolicySetVersion
) -> None:
    page = page_of(officer, refuted)

    assert "Laxer The new version is laxer" in text_of(page)
    assert f"/policies/1#rule-{MISSING}" in links_of(page, "mono")


def test_an_analysis_under_another_design_says_so_and_forbids_an_approval(
    refuted: PolicySetVersion, approver: User
) -> None:
    client = confirmed(approver)
    before = text_of(page_of(client, refuted))
    changed = load_pack("design-demo").replace(b"name: ", b"name: Another ", 1)
    put_design_in_force(refuted.psp, changed, now=timezone.now())

    page = page_of(client, refuted)

    assert "another authentication design than the one in force" not in before
    assert "another authentication design than the one in force" in text_of(page)
    assert 'name="not_mine"' not in page


def test_what_is_blocked_is_not_offered_and_says_why(
    refuted: PolicySetVersion, approver: User, author: User
) -> None:
    approve_version(
        psp=refuted.psp,
        ref=refuted.ref,
        digest=refuted.digest,
        approver=approver,
        now=timezone.now(),
    )

    page = page_of(confirmed(author), refuted)
    refused = confirmed(author).post(f"/policies/{refuted.number}/activate")

    assert "Put in force now" not in page
    assert 'name="active_from"' not in page
    assert "It cannot be put in force: What the analysis found stands in the way." in text_of(page)
    assert "Not proved and not waived: P5 P8" in text_of(page)
    assert refused.status_code == 409


def test_what_was_found_stands_before_the_approval(
    refuted: PolicySetVersion, approver: User
) -> None:
    page = page_of(confirmed(approver), refuted)

    assert 'name="not_mine"' in page
    assert page.index('id="property-P5"') < page.index('name="not_mine"')
    assert page.index('href="#property-P5"') < page.index('name="not_mine"')


def test_the_newest_back_test_of_the_version_is_linked_for_who_may_read_decisions(
    psp: Psp, officer: Client, submitted: PolicySetVersion, sign_in: SignIn, now: datetime
) -> None:
    refs = [
        request_back_test(
            psp=psp,
            version_ref=submitted.ref,
            period_start=now - timedelta(days=30),
            period_end=now,
            requested_by="Olivia Officer",
            now=now + timedelta(seconds=after),
        ).ref
        for after in (0, 1)
    ]

    page = page_of(officer, submitted)

    assert f"/back-tests/{refs[1]}" in page
    assert f"/back-tests/{refs[0]}" not in page
    assert refs[1] not in page_of(sign_in(psp, Role.ADMINISTRATOR), submitted)


def test_a_version_that_is_in_force_is_not_outdated_by_its_own_activation(
    psp: Psp, author: User, approver: User, officer: Client, now: datetime
) -> None:
    version = submit_and_analyse(psp, author, load_pack("observe-first"), now=now)
    client = confirmed(approver)
    client.post(f"/policies/{version.number}/approve", {"digest": version.digest, "not_mine": "on"})
    client.post(f"/policies/{version.number}/activate")

    text = text_of(page_of(officer, version))

    assert "In force" in text
    assert "than the one in force now" not in text
    assert "10 of 10 properties proved" in text


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR])
def test_who_only_looks_sees_the_proofs_and_asks_for_nothing(
    refuted: PolicySetVersion, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(refuted.psp, role)

    page = page_of(client, refuted)

    assert "which is weaker" in page
    assert "Ask for the waiver" not in page
    assert client.post(f"/policies/{refuted.number}/analyse").status_code == 403


def test_the_progress_of_another_psp_s_version_is_not_found(
    submitted: PolicySetVersion, other_psp: Psp, sign_in: SignIn
) -> None:
    address = f"/policies/{submitted.number}/analysis/progress"

    assert sign_in(other_psp).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/accounts/login/")


def test_asking_for_an_analysis_needs_the_form_s_token(
    submitted: PolicySetVersion, author: User
) -> None:
    Analysis.objects.filter(version=submitted).update(state="failed", failure="x")
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)

    assert client.post(f"/policies/{submitted.number}/analyse").status_code == 403
    assert submitted.analyses.count() == 1


def test_a_draft_that_is_analysed_is_not_offered_to_be_analysed_again(
    psp: Psp, author: User, officer: Client, now: datetime
) -> None:
    draft = create_version(psp=psp, source=policy(rule()), author=author, now=now)
    mark_analysed(draft, now=now)

    assert "Analyse now" not in page_of(officer, draft)
