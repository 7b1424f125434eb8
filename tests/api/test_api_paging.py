"""Lists over REST by pages: nothing left out, nothing twice, and no cursor of somebody else."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from compliance.backtests.services import request_back_test
from compliance.backtests.shadows import start_shadow, stop_shadow
from compliance.policysets.services import create_version
from compliance.reports.services import request_report
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.analysed import mark_analysed
from tests.support.factories import NOW, make_person, put_policy_in_force
from tests.support.waived import ask_for_property_waiver, ask_for_waiver

COUNT = 5
MOMENTS = [NOW, NOW, NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)]
"""Some at the same moment: time alone does not order them."""


def ask_for_reports(psp: Psp) -> None:
    for moment in MOMENTS:
        request_report(
            psp=psp,
            period_start=NOW - timedelta(days=2),
            period_end=NOW - timedelta(days=1),
            requested_by="Olivia Officer",
            now=moment,
        )


def ask_for_back_tests(psp: Psp) -> None:
    version = put_policy_in_force(psp)
    for moment in MOMENTS:
        request_back_test(
            psp=psp,
            version_ref=version.ref,
            period_start=NOW - timedelta(days=2),
            period_end=NOW - timedelta(days=1),
            requested_by="Olivia Officer",
            now=moment,
        )


def run_shadows(psp: Psp) -> None:
    put_policy_in_force(psp)
    person = make_person(psp)
    source = load_pack("observe-first")
    version = create_version(psp=psp, source=source, author=person, now=NOW)
    for moment in MOMENTS:
        shadow = start_shadow(
            psp=psp,
            version_ref=version.ref,
            ends_at=moment + timedelta(days=1),
            by=person,
            now=moment,
        )
        stop_shadow(psp=psp, ref=shadow.ref, by=person, now=moment)


def ask_for_waivers(psp: Psp) -> None:
    put_policy_in_force(psp)
    person = make_person(psp)
    for moment in MOMENTS:
        ask_for_waiver(psp, person, now=moment)


def ask_for_property_waivers(psp: Psp) -> None:
    person = make_person(psp)
    version = create_version(psp=psp, source=load_pack("balanced"), author=person, now=NOW)
    mark_analysed(version, now=NOW, blocking=["P2"])
    for moment in MOMENTS:
        ask_for_property_waiver(version, person, now=moment)


def write_versions(psp: Psp) -> None:
    author = make_person(psp)
    for number, moment in enumerate(MOMENTS):
        source = load_pack("balanced") + b"\n" * number
        create_version(psp=psp, source=source, author=author, now=moment)


LISTS = pytest.mark.parametrize(
    ("path", "fill"),
    [
        ("/v1/reports", ask_for_reports),
        ("/v1/backtests", ask_for_back_tests),
        ("/v1/shadows", run_shadows),
        ("/v1/waivers", ask_for_waivers),
        ("/v1/property-waivers", ask_for_property_waivers),
        ("/v1/policy-sets", write_versions),
    ],
    ids=["reports", "back-tests", "shadows", "waivers", "property-waivers", "policy-sets"],
)
Fill = Callable[[Psp], None]


def refs_and_cursor(api: Caller, path: str, cursor: str, limit: int) -> tuple[list[str], str]:
    response = api.get(path, {"limit": limit} | ({"cursor": cursor} if cursor else {}))
    assert response.status_code == 200, response.content
    page = json.loads(response.content)
    return [item["ref"] for item in page["items"]], page["next_cursor"] or ""


@LISTS
@pytest.mark.parametrize("limit", [1, 2, COUNT - 1, COUNT, COUNT + 1])
def test_pages_follow_each_other_without_gap_or_overlap(
    psp: Psp, api: Caller, path: str, fill: Fill, limit: int
) -> None:
    fill(psp)
    every, end = refs_and_cursor(api, path, "", 200)
    seen: list[str] = []
    pages, cursor = 0, ""
    while cursor or not pages:
        refs, cursor = refs_and_cursor(api, path, cursor, limit)
        assert 0 < len(refs) <= limit
        seen += refs
        pages += 1

    assert end == ""
    assert len(every) == COUNT
    assert seen == every
    assert pages == -(-COUNT // limit)


@LISTS
def test_a_cursor_that_no_page_gave_is_refused(
    psp: Psp, api: Caller, other_api: Caller, path: str, fill: Fill
) -> None:
    fill(psp)
    _refs, cursor = refs_and_cursor(api, path, "", 2)

    made_up = api.get(path, {"cursor": "2"})
    foreign = other_api.get(path, {"cursor": cursor})

    assert made_up.status_code == foreign.status_code == 400
    assert problem_of(made_up) == problem_of(foreign)
    assert problem_of(made_up)["code"] == "invalid-query"
    assert pointers_of(api.get(path, {"cursor": "x" * 41})) == ["/cursor"]
