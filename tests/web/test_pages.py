"""What holds for every page: no misspelt variable, nothing inline, few queries, the demonstration marked."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from compliance.reports.models import Report, ReportState
from compliance.reports.services import request_report
from compliance.tenants.models import Psp, Role
from compliance.web.snapshot import Snapshot, snapshot_for_page, take_snapshot
from tests.support.factories import make_psp
from tests.web.conftest import SignIn
from tests.web.data import Furnished, furnish, ready_psp
from tests.web.pages import PAGES, Page

SHOWN = tuple(
    page
    for page in PAGES
    if page.name not in {"decision_proof", "ledger_checkpoint", "ledger_proof"}
)
ACCOUNT_PAGES = (
    "mfa_index",
    "mfa_activate_totp",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "choose_psp",
    "verify",
)
MOST_QUERIES = 15
COUNTING_QUERIES = 30
"""Pages that count a small PSP's figures at once (a large one's are counted apart) or replay."""

Limit = Callable[[int], AbstractContextManager[object]]


@pytest.fixture
def report(psp: Psp, now: datetime) -> Report:
    return request_report(
        psp=psp,
        period_start=now - timedelta(days=2),
        period_end=now - timedelta(days=1),
        requested_by="Olivia Officer",
        now=now,
    )


def shown(client: Client, page: Page, address: str) -> HttpResponse:
    response: HttpResponse = getattr(client, page.method)(address)
    assert response.status_code == 200
    return response


class Inline(HTMLParser):
    """Collects what a strict content security policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        guilty = [name for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"<{tag} {name}>" for name in guilty]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")
        if str(names.get("href", "")).startswith("javascript:"):
            self.found.append("javascript:")


def inline_parts(text: str) -> list[str]:
    parser = Inline()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("page", SHOWN, ids=str)
def test_no_variable_of_a_page_is_misspelt(
    officer: Client, furnished: Furnished, report: Report, page: Page
) -> None:
    text = shown(officer, page, page.address(furnished, report)).content.decode()

    assert "!! missing" not in text


@pytest.mark.parametrize("page", SHOWN, ids=str)
def test_no_role_sees_a_misspelt_variable(
    sign_in: SignIn, furnished: Furnished, report: Report, page: Page
) -> None:
    address = page.address(furnished, report)

    texts = {
        role: getattr(sign_in(furnished.psp, role), page.method)(address).content.decode()
        for role in Role
    }

    assert [role for role, text in texts.items() if "!! missing" in text] == []


@pytest.mark.parametrize("name", ACCOUNT_PAGES)
def test_no_variable_of_an_account_page_is_misspelt(officer: Client, name: str) -> None:
    response = officer.get(reverse(name), follow=True)

    assert response.status_code == 200
    assert "!! missing" not in response.content.decode()


@pytest.mark.parametrize("name", ["account_login", "verify", "account_signup"])
def test_no_variable_of_a_public_page_is_misspelt(db: None, client: Client, name: str) -> None:  # noqa: ARG001
    text = client.get(reverse(name)).content.decode()

    assert "!! missing" not in text


@pytest.mark.parametrize("page", SHOWN, ids=str)
def test_nothing_in_a_page_is_inline(
    officer: Client, furnished: Furnished, report: Report, page: Page
) -> None:
    text = shown(officer, page, page.address(furnished, report)).content.decode()

    assert inline_parts(text) == []


def test_the_search_for_inline_parts_finds_them() -> None:
    guilty = '<p style="x" onclick="y"><script>1</script><style></style><a href="javascript:1">'

    assert len(inline_parts(guilty)) == 5


@pytest.mark.parametrize("page", SHOWN, ids=str)
def test_a_page_asks_the_database_few_questions(
    officer: Client,
    furnished: Furnished,
    report: Report,
    page: Page,
    django_assert_max_num_queries: Limit,
) -> None:
    address = page.address(furnished, report)
    is_counting = page.name in {"today", "today_figures", "duties", "decide_again"}
    most = COUNTING_QUERIES if is_counting else MOST_QUERIES

    with django_assert_max_num_queries(most):
        shown(officer, page, address)


def test_a_large_psp_s_first_page_asks_few_questions_and_counts_nothing(
    officer: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Limit
) -> None:
    monkeypatch.setattr("compliance.web.counting.SMALL", 0)

    with django_assert_max_num_queries(8):
        text = officer.get("/").content.decode()

    assert "being counted" in text
    assert 'href="/?figures=now"' in text


def test_a_large_psp_s_figures_are_counted_once_and_kept(
    officer: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Limit
) -> None:
    monkeypatch.setattr("compliance.web.counting.SMALL", 0)
    officer.get("/today/figures")

    with django_assert_max_num_queries(MOST_QUERIES):
        text = officer.get("/").content.decode()

    assert "Breaches per week" in text


def test_a_large_psp_s_figures_are_counted_by_one_request_at_a_time(
    officer: Client, psp: Psp, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.counting.SMALL", 0)
    seen_meanwhile: list[object] = []

    def count(psp: Psp, *, now: datetime) -> Snapshot:
        seen_meanwhile.append(snapshot_for_page(psp, now=now, wait=True))
        return take_snapshot(psp, now=now)

    monkeypatch.setattr("compliance.web.snapshot.take_snapshot", count)
    counted = snapshot_for_page(psp, now=now, wait=True)

    assert counted is not None
    assert seen_meanwhile == [None]
    assert "Breaches per week" in officer.get("/").content.decode()


def test_who_asks_while_figures_are_counted_is_asked_to_wait(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.counting.SMALL", 0)
    monkeypatch.setattr("compliance.web.counting.cache.add", lambda *_arguments: False)

    text = officer.get("/today/figures").content.decode()

    assert "being counted" in text
    assert 'hx-trigger="load delay:5s"' in text


def headings(text: str) -> Iterator[int]:
    yield from (int(level) for level in re.findall(r"<h([1-6])", text))


@pytest.mark.parametrize("page", [page for page in SHOWN if "_" not in page.name], ids=str)
def test_a_page_has_one_title_and_no_gap_in_its_headings(
    officer: Client, furnished: Furnished, report: Report, page: Page
) -> None:
    levels = list(headings(shown(officer, page, page.address(furnished, report)).content.decode()))

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("page", [page for page in SHOWN if "_" not in page.name], ids=str)
def test_a_demonstration_is_marked_as_such_on_every_page(
    db: None,  # noqa: ARG001
    now: datetime,
    sign_in: SignIn,
    page: Page,
) -> None:
    furnished = furnish(ready_psp(now=now, demonstration=True), now=now, count=14)
    report = request_report(
        psp=furnished.psp,
        period_start=now - timedelta(days=1),
        period_end=now,
        requested_by="Olivia Officer",
        now=now,
    )

    text = shown(sign_in(furnished.psp), page, page.address(furnished, report)).content.decode()

    assert 'class="demonstration"' in text


@pytest.mark.parametrize("name", ACCOUNT_PAGES)
def test_a_demonstration_is_marked_on_account_pages_too(
    db: None,  # noqa: ARG001
    now: datetime,
    sign_in: SignIn,
    name: str,
) -> None:
    client = sign_in(ready_psp(now=now, demonstration=True))

    assert 'class="demonstration"' in client.get(reverse(name), follow=True).content.decode()


def test_a_real_psp_is_not_marked_as_a_demonstration(officer: Client) -> None:
    assert 'class="demonstration"' not in officer.get("/").content.decode()


def test_pages_allow_only_what_they_bring_along(officer: Client) -> None:
    policy = officer.get("/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_unknown_address_is_a_page_that_says_so(officer: Client) -> None:
    response = officer.get("/nothing-here")

    assert response.status_code == 404
    assert "Not found" in response.content.decode()
    assert "!! missing" not in response.content.decode()


def test_a_broken_page_is_shown_without_touching_the_database(
    psp: Psp, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_arguments: object, **_more: object) -> None:
        raise RuntimeError

    client = sign_in(psp)
    client.raise_request_exception = False
    monkeypatch.setattr("compliance.web.views.ledger.log_of", break_down)

    response = client.get("/ledger")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "!! missing" not in response.content.decode()


def test_pages_of_a_psp_that_has_nothing_yet_say_so(
    db: None,  # noqa: ARG001
    now: datetime,
    sign_in: SignIn,
) -> None:

    client = sign_in(make_psp("Bare PSP", now=now))

    texts = [
        client.get(path).content.decode()
        for path in ("/", "/duties", "/designs", "/policies", "/decisions", "/reports", "/ledger")
    ]

    assert all("!! missing" not in text for text in texts)
    assert "nothing can be decided" in texts[0]
    assert "No measure" in texts[1]
    assert "No design is registered" in texts[2]
    assert "No policy set is in force" in texts[3]
    assert "No decision has been made yet" in texts[4]
    assert "No report has been requested yet" in texts[5]
    assert "begins with the first entry" in texts[6]


def test_every_state_of_a_report_can_be_shown(officer: Client, report: Report) -> None:
    for state in ReportState.values:
        Report.objects.filter(pk=report.pk).update(state=state, finished_at=report.requested_at)

        text = officer.get(f"/reports/{report.ref}").content.decode()

        assert "!! missing" not in text
        assert 'class="tag' in text


def test_string_if_invalid_is_set_or_these_tests_prove_nothing() -> None:
    assert "!! missing" in settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"]
