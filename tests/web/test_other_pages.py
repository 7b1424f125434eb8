"""Today, duties, designs, policies and the ledger."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

import pytest
from django.test import Client

from compliance.assessments.figures import duty_figures
from compliance.ledger.merkle import root_of, verify_consistency
from compliance.ledger.models import Entry
from compliance.ledger.selectors import checkpoint_of, vkey_of
from compliance.ledger.tlog_proof import verify_tlog_proof
from compliance.policysets.selectors import versions_of
from compliance.requirements.catalogue import requirement_set
from compliance.tenants.models import Psp, Role
from compliance.web.periods import quarter_to_date
from policies.packs import load_pack
from tests.support.factories import decision_body, put_design_in_force, put_policy_in_force
from tests.web.conftest import SignIn
from tests.web.data import Furnished, decide
from tests.web.html import links_of, text_of

ONE_POINT = b"""
schema: 1
name: Everything on one phone
components:
  - {id: phone-os, class: operating_system, title: The phone}
  - {id: app, class: app, rests_on: [phone-os]}
methods:
  - method: app-pin-push
    elements:
      knowledge: {rests_on: [app]}
      possession: {rests_on: [phone-os]}
"""


def plain(text: str) -> str:
    """Return text with ordinary spaces."""
    return " ".join(text.split())


def test_today_shows_the_five_duties_with_the_figures_that_reports_print(
    officer: Client, psp: Psp, now: datetime
) -> None:
    period = quarter_to_date(now)
    text = text_of(officer.get("/").content.decode())

    figures = duty_figures(psp, start=period.start, end=period.end, now=now)
    assert len(figures) == 5
    assert [
        f.title for f in figures if f"{f.title} {plain(f.figure)} {plain(f.caption)}" not in text
    ] == []


def test_today_lists_what_is_overdue_with_a_link_to_it(
    officer: Client, psp: Psp, now: datetime
) -> None:
    ref = decide(psp, decision_body(evidence=[]), now=now - timedelta(hours=20)).ref

    links = links_of(officer.get("/").content.decode())

    assert f"/decisions/{ref}#obligation-ob_1" in links


def test_today_shows_an_administrator_figures_but_no_decision(
    psp: Psp, furnished: Furnished, sign_in: SignIn
) -> None:
    text = sign_in(psp, Role.ADMINISTRATOR).get("/").content.decode()

    assert "Breaches per week" in text
    assert not [answer.ref for answer in furnished.answers if answer.ref in text]
    assert not [link for link in links_of(text) if link.startswith(("/decisions", "/reports"))]


def test_every_number_of_the_last_day_leads_to_its_rows(
    officer: Client, furnished: Furnished
) -> None:
    links = [link for link in links_of(officer.get("/").content.decode()) if "effect=" in link]

    assert len(links) == 4
    for link in links:
        effect = link.split("effect=")[1].split("&")[0]
        expected = sum(answer.effect == effect for answer in furnished.answers)
        found = officer.get(link).content.decode()
        assert sum(each.startswith("/decisions/dec_") for each in links_of(found)) == expected


def test_the_chart_stands_beside_its_table(officer: Client) -> None:
    text = officer.get("/").content.decode()

    assert '<svg class="chart"' in text
    assert "Breaches per week by kind</caption>" in text


def test_the_law_is_quoted_word_for_word(officer: Client) -> None:
    text = text_of(officer.get("/duties").content.decode())

    for duty in requirement_set().duties:
        assert all(paragraph in text for paragraph in duty.text)


def test_the_figures_of_duties_lead_to_their_rows(officer: Client) -> None:
    links = [link for link in links_of(officer.get("/duties").content.decode()) if "?" in link]

    assert len(links) == 4
    assert all(officer.get(link).status_code == 200 for link in links)
    assert not [link for link in links if "marked fields" in officer.get(link).content.decode()]


def test_an_independent_design_has_no_single_point(officer: Client) -> None:
    text = text_of(officer.get("/designs").content.decode())

    assert "No single point of compromise" in text
    assert "rests on it" in text
    assert "through others" in text


def test_a_single_point_of_compromise_is_marked(officer: Client, psp: Psp, now: datetime) -> None:
    put_design_in_force(psp, ONE_POINT, now=now)

    text = officer.get("/designs").content.decode()

    assert "1 single point of compromise" in text_of(text)
    assert text.count('class="is-single"') == 1


def test_the_policy_in_force_is_shown_with_both_people(officer: Client) -> None:
    text = text_of(officer.get("/policies").content.decode())

    assert "In force" in text
    assert "Anna Author" in text
    assert "Adam Approver" in text
    assert "The app or its run-time protection was altered" in text


def test_versions_say_what_they_are(officer: Client, psp: Psp, now: datetime) -> None:
    put_policy_in_force(psp, load_pack("balanced").replace(b"(balanced)", b"(two)"), now=now)

    states = [(each.version.number, each.state) for each in versions_of(psp, now=now)]
    text = text_of(officer.get("/policies/1").content.decode())

    assert states == [(2, "active"), (1, "retired")]
    assert "(balanced), version 1 Retired" in text


def test_a_version_that_does_not_exist_is_not_found(officer: Client) -> None:
    assert officer.get("/policies/99").status_code == 404


def test_the_ledger_shows_head_and_entries(officer: Client, psp: Psp) -> None:
    text = officer.get("/ledger").content.decode()

    assert vkey_of(psp) in text_of(text).replace("&#43;", "+")
    assert f"/ledger/{Entry.objects.filter(psp=psp).count() - 1}" in links_of(text)


def test_ledger_pages_follow_each_other_to_the_first_entry(officer: Client, psp: Psp) -> None:
    address, seen = "/ledger", list[str]()
    while address:
        links = links_of(officer.get(address).content.decode())
        seen += [link for link in links if link.removeprefix("/ledger/").isdecimal()]
        address = next((link for link in links if "before=" in link), "")

    count = Entry.objects.filter(psp=psp).count()
    assert seen == [f"/ledger/{index}" for index in reversed(range(count))]


def test_an_entry_is_shown_as_it_was_hashed(officer: Client, psp: Psp) -> None:
    entry = Entry.objects.get(psp=psp, index=5)

    text = officer.get("/ledger/5").content.decode()

    assert bytes(entry.leaf_hash).hex() in text
    assert entry.ref in text


def test_the_proof_of_any_entry_verifies(officer: Client, psp: Psp) -> None:
    for entry in Entry.objects.filter(psp=psp).order_by("index")[::7]:
        proof = officer.get(f"/ledger/{entry.index}/proof").content

        verify_tlog_proof(proof, leaf_hash=bytes(entry.leaf_hash), vkeys=[vkey_of(psp)])


def test_the_checkpoint_is_handed_out_as_it_is_signed(officer: Client, psp: Psp) -> None:
    assert officer.get("/ledger/checkpoint").content.decode() == checkpoint_of(psp)


def test_the_shown_consistency_proof_verifies(officer: Client, psp: Psp) -> None:
    leaves = [
        bytes(each)
        for each in Entry.objects.filter(psp=psp)
        .order_by("index")
        .values_list("leaf_hash", flat=True)
    ]

    text = officer.get("/ledger", {"size1": 3, "size2": 20}).content.decode()

    shown = text_of(text).partition("Hashes of the proof")[2].split()
    verify_consistency(
        size1=3,
        root1=root_of(leaves[:3]),
        size2=20,
        root2=root_of(leaves[:20]),
        proof=[bytes.fromhex(word) for word in shown if len(word) == 64],
    )


@pytest.mark.parametrize(
    "query",
    [
        {"size1": "20", "size2": "3"},
        {"size1": "1", "size2": "999999"},
        {"size1": "x", "size2": "3"},
        {"size1": "0", "size2": "3"},
        {"size1": "1"},
        {"size1": "9" * 400, "size2": "1"},
    ],
)
def test_sizes_that_make_no_sense_are_explained(officer: Client, query: dict[str, str]) -> None:
    response = officer.get("/ledger", query)

    assert response.status_code == 200
    assert "notice--bad" in response.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 400])
def test_a_made_up_place_shows_the_newest_entries(officer: Client, before: str) -> None:
    assert officer.get("/ledger", {"before": before}).status_code == 200


def test_an_entry_beyond_the_end_is_not_found(officer: Client) -> None:
    assert officer.get("/ledger/999999").status_code == 404
