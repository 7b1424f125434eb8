"""The editor of designs: what is wrong, what the elements share, and who submits a text."""
# SPDX-License-Identifier: Apache-2.0

import re
from datetime import datetime
from html import escape, unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_of_number
from compliance.policysets.selectors import version_in_force
from compliance.tenants.models import Psp, Role
from policies.packs import load_pack
from tests.support.factories import make_person, make_psp, put_design_in_force
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn
from tests.web.html import text_of

NEW = "/designs/new"
DEMO = load_pack("design-demo").decode()
ONE_PHONE = load_pack("design-one-phone").decode()
BAD = ONE_PHONE.replace("[device-key, app]", "[device-kye, app]")
BAD_LINE = BAD[: BAD.index("device-kye")].count("\n") + 1


def send(client: Client, step: str = "check", **fields: Any) -> str:
    page = client.post(NEW, {"step": step, **fields}, follow=True).content.decode()
    assert "!! missing" not in page
    return page


def digest_in(page: str) -> str:
    """Return which text the page says it has checked."""
    found = re.search(r'name="checked_digest"[^>]*value="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def submit(client: Client, text: str) -> str:
    """Have a text checked, and submit it as it was shown."""
    return send(client, "submit", text=text, checked_digest=digest_in(send(client, text=text)))


def newest(psp: Psp) -> DesignVersion:
    return DesignVersion.objects.filter(psp=psp).latest("number")


def test_it_starts_from_the_version_in_force(officer: Client) -> None:
    page = officer.get(NEW).content.decode()

    assert escape(DEMO[:200]) in page
    assert '<option value="version-1" selected>' in page
    assert f'href="{NEW}?start=version-1"' in officer.get("/designs").content.decode()


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("pack-design-one-phone", ONE_PHONE),
        ("version-1", DEMO),
        ("version-2", ONE_PHONE),
        ("version-99", ONE_PHONE),
        ("pack-balanced", ONE_PHONE),
        ("\0", ONE_PHONE),
    ],
)
def test_it_starts_from_what_is_named_else_from_what_is_in_force(
    officer: Client, psp: Psp, now: datetime, start: str, text: str
) -> None:
    put_design_in_force(psp, ONE_PHONE.encode(), now=now)

    assert escape(text[:150]) in officer.get(NEW, {"start": start}).content.decode()


@pytest.mark.django_db
def test_without_a_version_it_starts_from_a_ready_one(sign_in: SignIn) -> None:
    assert escape(DEMO[:200]) in sign_in(make_psp("New PSP")).get(NEW).content.decode()


@pytest.mark.parametrize("step", ["check", "submit", "nonsense"])
def test_every_problem_is_shown_with_its_line_and_nothing_is_stored(
    officer: Client, psp: Psp, step: str
) -> None:
    page = send(officer, step, text=BAD.replace("\n", "\r\n"))

    assert "unknown component device-kye" in text_of(page).replace("  ", " ")
    assert f'href="#line-{BAD_LINE}"' in page
    assert escape(BAD) in page
    assert "Submit for approval" not in page
    assert newest(psp).number == 1


def test_a_good_text_is_shown_analysed_and_what_comes_and_goes(officer: Client, psp: Psp) -> None:
    text = text_of(send(officer, text=ONE_PHONE))

    assert "No problem was found. Methods: 1, components: 7." in text
    assert "3 single points of compromise" in text
    assert "New single point of compromise The operating system's key store, PIN, device" in text
    assert "No longer a single" not in text
    assert newest(psp).number == 1


def test_single_points_that_go_are_named(officer: Client, psp: Psp, now: datetime) -> None:
    put_design_in_force(psp, ONE_PHONE.encode(), now=now)

    text = text_of(send(officer, text=DEMO))

    assert "No longer a single point of compromise The PSP's app, PIN, device key" in text


def test_a_checked_text_is_submitted_as_typed_and_counts_for_nothing_yet(psp: Psp) -> None:
    officer = make_person(psp)
    client = Client()
    client.force_login(officer)

    page = submit(client, ONE_PHONE.replace("\n", "\r\n"))

    version = newest(psp)
    assert "Submitted. Another person approves it." in page
    assert "You wrote or submitted this, so another person approves it." in page
    assert (version.number, version.source, version.author) == (2, ONE_PHONE, officer)
    assert design_version_of_number(psp, 2, now=timezone.now()).state == "submitted"


def test_the_policy_set_in_force_is_analysed_under_what_is_submitted(psp: Psp) -> None:
    client = Client()
    client.force_login(make_person(psp))
    submit(client, ONE_PHONE)

    current = version_in_force(psp, at=timezone.now())
    assert current.analyses.filter(design_digest=newest(psp).digest).count() == 1


@pytest.mark.parametrize("digest", ["", "sha256:" + "0" * 64])
def test_a_text_that_was_not_shown_checked_is_only_checked(psp: Psp, digest: str) -> None:
    client = confirmed(make_person(psp))

    page = send(client, "submit", text=ONE_PHONE, checked_digest=digest)

    assert "Nothing was submitted" in page
    assert "3 single points of compromise" in text_of(page)
    assert newest(psp).number == 1


def test_a_file_is_checked_before_it_can_be_submitted(psp: Psp) -> None:
    client = confirmed(make_person(psp))
    digest = digest_in(send(client, text=DEMO))
    file = SimpleUploadedFile("design.yaml", ONE_PHONE.encode())

    page = send(client, "submit", text=DEMO, checked_digest=digest, file=file)

    assert "Nothing was submitted" in page
    assert escape(ONE_PHONE[:150]) in page
    assert newest(psp).number == 1


def test_an_engineer_submits(psp: Psp, sign_in: SignIn) -> None:
    submit(sign_in(psp, Role.ENGINEER), ONE_PHONE)

    assert newest(psp).number == 2


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR])
def test_who_only_reads_is_not_offered_the_editor(psp: Psp, sign_in: SignIn, role: Role) -> None:
    client = sign_in(psp, role)

    assert client.get(NEW).status_code == 403
    assert client.post(NEW, {"step": "check", "text": DEMO}).status_code == 403
    assert NEW not in client.get("/designs").content.decode()


def test_signed_out_leads_to_the_sign_in(psp: Psp) -> None:
    answer = Client().post(NEW, {"step": "submit", "text": DEMO})

    assert "/accounts/login/" in answer["Location"]
    assert newest(psp).number == 1


def test_another_psps_versions_are_no_start_and_are_left_alone(
    psp: Psp, other_psp: Psp, now: datetime
) -> None:
    put_design_in_force(other_psp, ONE_PHONE.encode(), now=now)
    client = confirmed(make_person(psp))

    assert escape(DEMO[:200]) in client.get(NEW, {"start": "version-2"}).content.decode()
    submit(client, DEMO.replace("name: ", "name: Another ", 1))
    assert newest(other_psp).source == ONE_PHONE
    assert newest(psp).name == "Another App PIN and device key"
