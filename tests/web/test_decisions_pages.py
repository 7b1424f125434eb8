"""The list of decisions and the page of one."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from compliance.decisions.erasing import erase_expired
from compliance.decisions.models import Decision, DecisionRecord
from compliance.decisions.retention import set_retention
from compliance.ledger.selectors import vkey_of
from compliance.ledger.tlog_proof import verify_tlog_proof
from compliance.tenants.models import Psp
from tests.support.factories import decision_body, make_person
from tests.web.data import Furnished, decide
from tests.web.html import links_of, rows_of, text_of


def refs_in(text: str) -> list[str]:
    """Return the references of the decisions that a list shows, in order."""
    return [
        link.removeprefix("/decisions/")
        for link in links_of(text)
        if link.startswith("/decisions/dec_")
    ]


def test_the_list_shows_the_newest_first(officer: Client, furnished: Furnished) -> None:
    listed = refs_in(officer.get("/decisions").content.decode())

    assert listed == [answer.ref for answer in reversed(furnished.answers)]


def test_a_filter_by_effect_shows_only_that_effect(officer: Client, furnished: Furnished) -> None:
    listed = refs_in(officer.get("/decisions", {"effect": "deny"}).content.decode())

    assert listed == [a.ref for a in reversed(furnished.answers) if a.effect == "deny"]
    assert listed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("disposition", "clear"),
        ("finding", "device.rooted"),
        ("finding", "device.*"),
        ("rule", "app-altered"),
        ("channel", "mobile-app"),
        ("method", "app-pin-push"),
        ("platform", "android"),
        ("app_version", "7.3.1"),
        ("environment_class", "tee"),
        ("device_ref", "d-9f8e"),
        ("payer_ref", "c-5501"),
    ],
)
def test_each_part_of_the_filter_narrows_the_list_and_can_be_taken_away(
    officer: Client, furnished: Furnished, name: str, value: str
) -> None:
    text = officer.get("/decisions", {"effect": "permit", name: value}).content.decode()

    without = [parse_qs(urlsplit(link).query) for link in links_of(text, "chip")]
    assert len(refs_in(text)) <= len(furnished.answers)
    assert without == [{name: [value]}, {"effect": ["permit"]}]


def test_a_support_reference_finds_its_decision_however_it_is_typed(
    officer: Client, furnished: Furnished
) -> None:
    answer = furnished.answers[3]
    typed = answer.for_device.support_ref.lower()

    assert refs_in(officer.get("/decisions", {"support_ref": typed}).content.decode()) == [
        answer.ref
    ]


def test_the_period_includes_its_start_and_excludes_its_end(
    officer: Client, furnished: Furnished
) -> None:
    moments = [datetime.fromisoformat(answer.decided_at) for answer in furnished.answers]
    start = moments[5].replace(second=0, microsecond=0)
    end = start + timedelta(minutes=61)
    query = {"start": start.strftime("%Y-%m-%dT%H:%M"), "end": end.strftime("%Y-%m-%dT%H:%M")}

    listed = refs_in(officer.get("/decisions", query).content.decode())

    expected = [
        answer.ref
        for answer, moment in zip(furnished.answers, moments, strict=True)
        if start <= moment < end
    ]
    assert listed == expected[::-1]


def test_a_wrong_filter_is_explained_and_nothing_is_searched(officer: Client) -> None:
    text = officer.get("/decisions", {"effect": "allow", "start": "soon"}).content.decode()

    assert "look at the marked fields" in text
    assert text.count('aria-invalid="true"') == 2
    assert refs_in(text) == []


def test_a_cursor_that_is_none_of_ours_is_refused_in_words(officer: Client) -> None:
    response = officer.get("/decisions", {"cursor": "x"})

    assert response.status_code == 400
    assert "cursor is not one of ours" in response.content.decode()


def test_pages_follow_each_other_without_gap_or_overlap(
    officer: Client, psp: Psp, furnished: Furnished, now: datetime
) -> None:
    more = [decide(psp, decision_body(), now=now - timedelta(seconds=n)).ref for n in range(60)]

    first = officer.get("/decisions").content.decode()
    older = next(link for link in links_of(first) if "cursor=" in link)
    second = officer.get(older).content.decode()

    expected = more + [answer.ref for answer in reversed(furnished.answers)]
    assert refs_in(first) + refs_in(second) == expected
    assert "oldest page" in second


def test_the_filter_stays_while_turning_pages(officer: Client, psp: Psp, now: datetime) -> None:
    for n in range(55):
        decide(psp, decision_body(), now=now - timedelta(seconds=n))

    text = officer.get("/decisions", {"effect": "permit"}).content.decode()

    older = next(link for link in links_of(text) if "cursor=" in link)
    assert parse_qs(urlsplit(older).query)["effect"] == ["permit"]


def test_counting_stops_where_it_would_cost(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.views.decisions.COUNTED_TO", 5)

    assert "More than 5 decisions" in text_of(officer.get("/decisions").content.decode())


def test_what_a_back_end_sends_is_shown_as_text(officer: Client, psp: Psp, now: datetime) -> None:
    body = decision_body()
    body["transaction"] |= {"ref": "<script>alert(1)</script>", "channel": "<b>x</b>"}
    ref = decide(psp, body, now=now).ref

    text = officer.get(f"/decisions/{ref}").content.decode()

    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<b>x</b>" not in text


def test_the_page_of_a_decision_tells_the_whole_story(
    officer: Client, furnished: Furnished
) -> None:
    ref = furnished.ref_of("deny")
    decision = Decision.objects.get(ref=ref)

    text = text_of(officer.get(f"/decisions/{ref}").content.decode())

    steps = ("Evidence", "Findings", "Elements", "Rules that held", "Answer", "Proof")
    places = [text.index(step, text.index("What happened")) for step in steps]
    assert places == sorted(places)
    assert decision.support_ref in text
    assert decision.device_answer in text
    assert bytes(decision.leaf_hash).hex() in text
    assert all(rule in text for rule in decision.matched_rules)


def test_every_rule_of_the_policy_is_explained(officer: Client, furnished: Furnished) -> None:
    ref = furnished.ref_of("deny")
    rules = json.loads(furnished.psp.policy_set_versions.get(number=1).document)["rules"]

    text = officer.get(f"/decisions/{ref}").content.decode()

    assert [rule["id"] for rule in rules if f'id="rule-{rule["id"]}"' not in text] == []


def test_the_rules_that_determined_the_effect_come_first(
    officer: Client, furnished: Furnished
) -> None:
    ref = furnished.ref_of("deny")
    decision = Decision.objects.get(ref=ref)

    text = officer.get(f"/decisions/{ref}").content.decode()

    places = {rule: text.index(f'id="rule-{rule}"') for rule in decision.matched_rules}
    first = sorted(places, key=lambda rule: places[rule])[: len(decision.determining_rules)]
    assert sorted(first) == decision.determining_rules


def test_an_obligation_that_failed_or_is_overdue_is_named_in_the_head(
    officer: Client, psp: Psp, now: datetime
) -> None:
    body = decision_body(evidence=[])
    ref = decide(psp, body, now=now - timedelta(days=1)).ref

    text = text_of(officer.get(f"/decisions/{ref}").content.decode())

    assert "obligations not done" in text
    assert "The enforcing system has not confirmed it." in text


def test_deciding_again_agrees(officer: Client, furnished: Furnished) -> None:
    text = officer.post(f"/decisions/{furnished.ref_of('deny')}/again").content.decode()

    assert "Agrees." in text
    assert "What happened" in text


def test_deciding_again_by_htmx_returns_the_part_alone(
    officer: Client, furnished: Furnished
) -> None:
    response = officer.post(
        f"/decisions/{furnished.ref_of('deny')}/again", headers={"HX-Request": "true"}
    )

    assert "Agrees." in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_decision_that_was_tampered_with_does_not_agree(
    officer: Client, furnished: Furnished
) -> None:
    honest = Decision.objects.get(ref=furnished.ref_of("permit"))
    record = DecisionRecord.objects.get(decision_ref=honest.ref)
    ref = "dec_01k000000000000000000forged"
    honest.pk = None
    honest.ref, honest.effect = ref, "deny"
    honest.save()
    record.pk = None
    record.decision_ref = ref
    record.save()

    text = officer.post(f"/decisions/{ref}/again").content.decode()

    assert "Does not agree." in text
    assert "effect" in text_of(text)


def test_the_proof_that_is_handed_out_verifies(
    officer: Client, psp: Psp, furnished: Furnished
) -> None:
    ref = furnished.ref_of("deny")
    decision = Decision.objects.get(ref=ref)

    response = officer.get(f"/decisions/{ref}/proof")

    checkpoint = verify_tlog_proof(
        response.content, leaf_hash=bytes(decision.leaf_hash), vkeys=[vkey_of(psp)]
    )
    assert checkpoint.size > 0
    assert f'filename="{ref}.tlog-proof"' in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]


def test_a_proof_is_not_offered_before_the_entry_has_its_place(
    officer: Client, psp: Psp, now: datetime
) -> None:
    ref = decide(psp, decision_body(), now=now).ref

    page = officer.get(f"/decisions/{ref}").content.decode()
    response = officer.get(f"/decisions/{ref}/proof")

    assert "Download proof" not in page
    assert "waiting to be entered" in page
    assert response.status_code == 409


def test_an_erased_record_leaves_the_decision_readable(
    officer: Client, furnished: Furnished, now: datetime
) -> None:
    ref = furnished.ref_of("deny")
    before = Decision.objects.get(ref=ref)
    set_retention(psp=furnished.psp, days=1, by=make_person(furnished.psp), now=now)
    erase_expired(psp=furnished.psp, now=now + timedelta(days=3))

    response = officer.get(f"/decisions/{ref}")

    text = response.content.decode()
    assert response.status_code == 200
    assert "erased; the decision and its proof remain" in text
    assert "<td>erased</td>" in text
    assert "!! missing" not in text
    assert before.support_ref not in text
    assert "h:" + before.payer_hash[:12] not in text
    assert officer.get("/decisions").status_code == 200


def test_an_erased_record_is_no_disagreement(officer: Client, furnished: Furnished) -> None:
    ref = furnished.ref_of("deny")
    DecisionRecord.objects.filter(decision_ref=ref).delete()

    page = officer.post(f"/decisions/{ref}/again").content.decode()

    assert "Cannot be decided again." in page
    assert "Does not agree" not in page
    assert "notice--bad" not in page


def test_numbers_are_set_right_in_the_list(officer: Client) -> None:
    rows = rows_of(officer.get("/decisions").content.decode())

    assert rows
    assert all(any("num" in classes for classes in row) for row in rows)
