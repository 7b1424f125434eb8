"""Decisions over REST: search, one, its proof; walls between PSPs; hostile queries."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from typing import Any

import pytest

from compliance.ledger.models import Entry
from compliance.ledger.selectors import vkey_of
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.tlog_proof import verify_tlog_proof
from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of, problem_of
from tests.api.recorded import make_answer, make_decision, threatened
from tests.support.factories import NOW, make_api_key, put_design_in_force, put_policy_in_force

MISSING = "dec_" + "0" * 26


@pytest.fixture
def psp(psp: Psp) -> Psp:
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


def refs_of(api: Caller, **query: Any) -> list[str]:
    response = api.get("/v1/decisions", query)
    assert response.status_code == 200, response.content
    return [item["ref"] for item in json.loads(response.content)["items"]]


def test_a_psp_without_decisions_has_an_empty_page(api: Caller) -> None:
    response = api.get("/v1/decisions")

    assert json.loads(response.content) == {"items": [], "next_cursor": None}
    assert response.headers["Cache-Control"] == "no-store"


def test_a_search_walks_through_all_pages_newest_first(psp: Psp, api: Caller) -> None:
    made = [make_decision(psp, now=NOW + timedelta(seconds=number)) for number in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = json.loads(api.get("/v1/decisions", query).content)
        assert len(page["items"]) <= 2
        found += [item["ref"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert found == made[::-1]


def test_each_filter_finds_what_it_asks_for_and_nothing_else(psp: Psp, api: Caller) -> None:
    clean = make_decision(psp)
    rooted = make_decision(
        psp,
        now=NOW + timedelta(hours=1),
        transaction={"ref": "tx-2", "channel": "branch", "method": "card"},
        subject={"payer_ref": "c-2", "device_ref": "d-2"},
        device={"platform": "ios", "app_version": "8.0"},
        environment={"class": "obfuscation_only"},
        **threatened("privilegedAccess"),
    )
    shown = json.loads(api.get(f"/v1/decisions/{rooted}").content)
    of_clean = json.loads(api.get(f"/v1/decisions/{clean}").content)
    queries = {
        "start": "2026-11-23T11:00:00Z",
        "effect": shown["effect"],
        "disposition": shown["disposition"],
        "finding": "device.*",
        "rule": next(iter(set(shown["matched_rules"]) - set(of_clean["matched_rules"]))),
        "channel": "branch",
        "method": "card",
        "platform": "ios",
        "app_version": "8.0",
        "environment_class": "obfuscation_only",
        "device_ref": "d-2",
        "payer_ref": "c-2",
        "support_ref": shown["for_device"]["support_ref"].lower(),
    }
    found = {name: refs_of(api, **{name: value}) for name, value in queries.items()}

    assert found == {name: [rooted] for name in queries}
    assert refs_of(api, end="2026-11-23T11:30:00+00:30") == [clean]
    assert refs_of(api, **queries) == [rooted]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=1e1", "/limit"),
        ("limit=-1", "/limit"),
        ("limit=%201", "/limit"),
        ("limit=" + "9" * 5000, "/limit"),
        ("limit=", "/limit"),
        ("start=yesterday", "/start"),
        ("start=0001-01-01T00:00:00%2B23:59", "/start"),
        ("effect=allow", "/effect"),
        ("effect=", "/effect"),
        ("disposition=%00", "/disposition"),
        ("finding=device.rootet", "/finding"),
        ("finding=%00", "/finding"),
        ("rule=%00", "/rule"),
        ("rule=" + "x" * 65, "/rule"),
        ("channel=" + "x" * 65, "/channel"),
        ("payer_ref=" + "x" * 200, "/payer_ref"),
        ("cursor=" + "x" * 300, "/cursor"),
        ("from=2026-11-23T10:15:05Z", "/from"),
    ],
)
def test_a_bad_query_is_refused_at_its_place(api: Caller, query: str, pointer: str) -> None:
    response = api.get(f"/v1/decisions?{query}")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "invalid-query"
    assert set(pointers_of(response)) == {pointer}


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "%ff", "%00", "MjAyNi0xMS0yMyAw", "eyJhIjoxfQ==", "١٢"]
)
def test_a_cursor_that_no_page_gave_is_refused(api: Caller, cursor: str) -> None:
    response = api.get(f"/v1/decisions?cursor={cursor}")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "invalid-query"


def test_one_decision_is_shown_with_why_and_what_to_do(psp: Psp, api: Caller) -> None:
    ref = make_decision(psp, **threatened("privilegedAccess"))

    shown = json.loads(api.get(f"/v1/decisions/{ref}").content)

    assert shown["ref"] == ref
    assert {"code": "device.rooted", "state": "present"}.items() <= shown["findings"][0].items()
    assert any(
        each["counted"] and each["rule"] in shown["matched_rules"] for each in shown["explanation"]
    )
    assert shown["obligations"][0]["state"] in {"open", "overdue", "done"}
    assert shown["transaction"] == {"ref": "tx-81723"}
    assert shown["evidence"][0]["provider"] == "freerasp"


def test_what_is_read_later_says_what_was_answered(psp: Psp, api: Caller) -> None:
    answer = make_answer(psp, **threatened("privilegedAccess", "hooks"))

    shown = json.loads(api.get(f"/v1/decisions/{answer['ref']}").content)

    assert {name: shown[name] for name in set(answer) - {"obligations"}} == {
        name: answer[name] for name in set(answer) - {"obligations"}
    }
    assert answer["obligations"]
    for told, kept in zip(answer["obligations"], shown["obligations"], strict=True):
        assert told.items() <= kept.items()


@pytest.mark.parametrize("part", ["", "/proof"])
def test_another_psps_decision_reads_like_one_that_does_not_exist(
    psp: Psp, other_api: Caller, part: str
) -> None:
    ref = make_decision(psp)

    foreign = other_api.get(f"/v1/decisions/{ref}{part}")
    missing = other_api.get(f"/v1/decisions/{MISSING}{part}")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.content.replace(ref.encode(), b"") == missing.content.replace(
        MISSING.encode(), b""
    )


def test_another_psps_decisions_are_not_found_by_search(psp: Psp, other_api: Caller) -> None:
    make_decision(psp)

    assert refs_of(other_api) == []
    assert refs_of(other_api, payer_ref="c-5501") == []


@pytest.mark.parametrize(
    "ref",
    [
        "x",
        "dec_",
        "dec_" + "0" * 25,
        "DEC_" + "0" * 26,
        "dec_%00",
        "dec_" + "0" * 500,
        "%F0%9F%92%A9",
    ],
)
@pytest.mark.parametrize("part", ["", "/proof"])
def test_what_is_no_reference_is_not_found(api: Caller, ref: str, part: str) -> None:
    assert api.get(f"/v1/decisions/{ref}{part}").status_code == 404


def test_the_proof_waits_for_the_checkpoint_and_then_verifies(psp: Psp, api: Caller) -> None:
    ref = make_decision(psp)
    early = api.get(f"/v1/decisions/{ref}/proof")
    sequence_log(psp=psp, now=NOW)
    response = api.get(f"/v1/decisions/{ref}/proof")
    entry = Entry.objects.get(psp=psp, ref=ref)

    assert early.status_code == 409
    assert problem_of(early)["code"] == "not-yet-published"
    assert early.headers["Retry-After"] == "1"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{ref}.tlog-proof"'
    checkpoint = verify_tlog_proof(response.content, entry=bytes(entry.body), vkeys=[vkey_of(psp)])
    assert checkpoint.size == Entry.objects.filter(psp=psp).count()


@pytest.mark.parametrize("part", ["", f"/{MISSING}", f"/{MISSING}/proof"])
def test_reading_decisions_needs_a_key_with_the_scope(
    psp: Psp, signed_out: Caller, part: str
) -> None:
    too_small = Caller(make_api_key(psp, ("decide", "outcomes", "reports")))

    assert signed_out.get(f"/v1/decisions{part}").status_code == 401
    assert too_small.get(f"/v1/decisions{part}").status_code == 403
