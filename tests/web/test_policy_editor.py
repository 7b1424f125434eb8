"""The editor of policy sets: what a new version starts from, what is wrong with it, and what saving does."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from html import escape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.backtests.models import BackTest
from compliance.policysets.models import Analysis, PolicySetVersion
from compliance.tenants.models import Psp, Role
from compliance.web.excerpts import excerpt
from compliance.web.views.policy_editor import check
from policies.packs import load_pack
from tests.support.documents import policy, rule
from tests.support.factories import make_person, make_psp
from tests.web.conftest import SignIn
from tests.web.html import text_of

NEW = "/policies/new"
GOOD = load_pack("observe-first").decode()
BAD = GOOD.replace("effect: step_up", "effect: stepup", 1)
BAD_LINE = BAD[: BAD.index("effect: stepup")].count("\n") + 1


def send(client: Client, step: str = "check", **fields: Any) -> str:
    page = client.post(NEW, {"step": step, **fields}, follow=True).content.decode()
    assert "!! missing" not in page
    return page


def marked_lines(page: str) -> list[int]:
    """Return the numbers of the lines that are marked."""
    return [int(found) for found in re.findall(r'<p id="line-(\d+)"\s+class="is-wrong">', page)]


def newest(psp: Psp) -> PolicySetVersion:
    return PolicySetVersion.objects.filter(psp=psp).latest("number")


def test_it_starts_from_the_version_in_force(officer: Client, psp: Psp) -> None:
    page = officer.get(NEW).content.decode()

    assert escape(newest(psp).source[:200]) in page
    assert '<option value="version-1" selected>' in page
    assert "!! missing" not in page


@pytest.mark.parametrize("name", ["balanced", "assume-compromise", "observe-first"])
def test_it_starts_from_a_ready_policy_set_where_one_is_chosen(officer: Client, name: str) -> None:
    page = officer.get(NEW, {"start": f"pack-{name}"}).content.decode()

    assert escape(load_pack(name).decode()[:200]) in page
    assert f'<option value="pack-{name}" selected>' in page


@pytest.mark.parametrize(
    "start", ["pack-design-demo", "pack-../x", "version-99", "version-x", "\0"]
)
def test_an_unknown_start_is_as_none(officer: Client, psp: Psp, start: str) -> None:
    page = officer.get(NEW, {"start": start}).content.decode()

    assert escape(newest(psp).source[:200]) in page


@pytest.mark.django_db
def test_where_there_is_no_version_the_page_of_policies_leads_here(sign_in: SignIn) -> None:
    client = sign_in(make_psp("New PSP"))

    assert f'href="{NEW}"' in client.get("/policies").content.decode()
    assert escape(load_pack("balanced").decode()[:200]) in client.get(NEW).content.decode()


@pytest.mark.parametrize("step", ["check", "save", "submit", "nonsense"])
def test_every_problem_is_shown_with_its_line_and_the_text_is_kept(
    officer: Client, psp: Psp, step: str
) -> None:
    wrong = BAD.replace("effect: permit", "effect: allow", 1)

    page = send(officer, step, text=wrong.replace("\n", "\r\n"))

    assert "unknown value stepup" in text_of(page).replace("  ", " ")
    assert "unknown value allow" in text_of(page)
    assert f'href="#line-{BAD_LINE}"' in page
    assert BAD_LINE in marked_lines(page)
    assert len(marked_lines(page)) == 2
    assert escape(wrong) in page
    assert PolicySetVersion.objects.filter(psp=psp).count() == 1


def test_a_text_without_problems_is_checked_and_not_saved(officer: Client, psp: Psp) -> None:
    page = text_of(send(officer, text=GOOD))

    assert "No problem was found: 7 rules" in page
    assert PolicySetVersion.objects.filter(psp=psp).count() == 1


def test_a_text_is_saved_as_a_draft_with_its_lines_as_typed(officer: Client, psp: Psp) -> None:
    page = send(officer, "save", text=GOOD.replace("\n", "\r\n"))

    version = newest(psp)
    assert "Saved as a draft" in page
    assert (version.number, version.source) == (2, GOOD)
    assert version.submitted_at is None
    assert str(version.author) == "Olivia Officer"


def test_a_text_is_saved_and_submitted_with_what_an_approver_is_shown(
    officer: Client, psp: Psp
) -> None:
    page = send(officer, "submit", text=GOOD)

    version = newest(psp)
    assert "Saved and submitted" in page
    assert version.submitted_by == version.author
    assert Analysis.objects.filter(version=version).count() == 1
    assert BackTest.objects.filter(version=version).count() <= 1


def test_a_file_takes_the_place_of_the_text(officer: Client, psp: Psp) -> None:
    source = policy(rule(), name="From a file")

    send(officer, "save", text=GOOD, file=SimpleUploadedFile("policy.json", source))

    assert newest(psp).source == source.decode()


def test_what_is_wrong_in_a_file_is_shown_beside_its_text(officer: Client) -> None:
    page = send(officer, "save", file=SimpleUploadedFile("policy.yaml", BAD.encode()))

    assert marked_lines(page) == [BAD_LINE]
    assert escape(BAD) in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "byte 0 is not valid UTF-8"),
        (b"", "is empty"),
        (b"{" * 100, "is not valid JSON"),
        (b"x" * 1_000_001, "The file is larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_document_is_refused_in_words(
    officer: Client, psp: Psp, content: bytes, said: str
) -> None:
    page = send(officer, "save", text="kept", file=SimpleUploadedFile("x.yaml", content))

    assert said in text_of(page)
    assert PolicySetVersion.objects.filter(psp=psp).count() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("name: \0", "Null characters are not allowed"),
        ("# " + "x" * 1_000_000, "expected at most 1000000"),
    ],
)
def test_a_text_that_is_no_document_is_refused_in_words(
    officer: Client, psp: Psp, text: str, said: str
) -> None:
    page = send(officer, "save", text=text)

    assert said in text_of(page)
    assert PolicySetVersion.objects.filter(psp=psp).count() == 1


def test_markup_in_a_text_stays_text(officer: Client) -> None:
    page = send(officer, text="name: <script>alert(1)</script>")

    assert "<script>alert" not in page


def test_roles_that_do_not_write_are_refused(psp: Psp, sign_in: SignIn) -> None:
    writers = {Role.OFFICER, Role.ENGINEER, Role.APPROVER}

    for role in Role:
        client = sign_in(psp, role)
        expected = 200 if role in writers else 403
        assert client.get(NEW).status_code == expected
        assert client.post(NEW, {"text": GOOD, "step": "check"}).status_code == expected
        assert (NEW in client.get("/policies").content.decode()) == (role in writers)


def test_who_is_signed_out_is_sent_to_sign_in(psp: Psp) -> None:
    answer = Client().post(NEW, {"text": GOOD, "step": "save"})

    assert answer["Location"].startswith("/accounts/login/")
    assert PolicySetVersion.objects.filter(psp=psp).count() == 1


def test_a_form_without_its_token_saves_nothing(psp: Psp) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person(psp))

    assert client.post(NEW, {"text": GOOD, "step": "save"}).status_code == 403
    assert PolicySetVersion.objects.filter(psp=psp).count() == 1


def test_a_new_version_starts_from_none_of_another_psp_s(
    psp: Psp, other_psp: Psp, sign_in: SignIn
) -> None:
    send(sign_in(psp), "save", text=GOOD.replace("name: ", "name: Secret ", 1))

    page = sign_in(other_psp).get(NEW, {"start": "version-2"}).content.decode()

    assert "Secret" not in page


def test_lines_around_a_problem_are_shown_once_and_long_ones_are_cut() -> None:
    text = "\n".join([*"abcdefghij", "k" * 500])

    lines = excerpt(text, [3, 4, 11])

    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6, 9, 10, 11]
    assert [line.number for line in lines if line.is_wrong] == [3, 4, 11]
    assert [line.number for line in lines if line.follows_gap] == [9]
    assert len(lines[-1].text) < 210


def test_a_document_of_one_line_is_checked_as_well() -> None:
    document = json.loads(policy(rule()))
    document["rules"][0]["effect"] = "allow"

    checked = check(json.dumps(document).encode())

    assert [problem.pointer for problem in checked.problems] == ["/rules/0/effect"]
    assert checked.policy_set is None
