"""The form of a design: rows come and go, problems stand beside their fields, and it says what the text says."""
# SPDX-License-Identifier: Apache-2.0

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from compliance.designs.models import DesignVersion
from compliance.tenants.models import Psp, Role
from policies.documents import digest_of_designs, read_designs
from policies.packs import load_pack
from tests.support.documents import designs
from tests.support.factories import put_design_in_force
from tests.web.conftest import SignIn
from tests.web.html import text_of

FORM = "/designs/form"
ONE_PHONE = load_pack("design-one-phone")
DEMO_DIGEST = digest_of_designs(read_designs(load_pack("design-demo")))


def fields_in(page: str) -> dict[str, str]:
    """Return what a browser would send of the form: every field with what stands in it."""
    form = page.partition(f'<form method="post" action="{FORM}">')[2].partition("</form>")[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'{each}="([^"]*)"', tag) for each in ("name", "value"))
        if name is not None:
            found[name[1]] = unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select name="([^"]+)"(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]+)"\s+selected', options)
        found[name] = chosen[1] if chosen else re.findall(r'value="([^"]+)"', options)[0]
    found.pop("csrfmiddlewaretoken", None)
    return found


def opened(client: Client, **query: Any) -> dict[str, str]:
    return fields_in(client.get(FORM, query).content.decode())


def send(client: Client, fields: dict[str, str], step: str = "check") -> str:
    page = client.post(FORM, fields | {"step": step}, follow=True).content.decode()
    assert "!! missing" not in page
    return page


def test_it_shows_the_design_in_force_and_gives_it_back_unchanged(officer: Client) -> None:
    fields = opened(officer)

    page = send(officer, fields)

    assert fields["methods-0-possession"] == "device-key, app, push-channel"
    assert fields["components-4-class"] == "execution_environment"
    assert "No problem was found. Methods: 2, components: 9." in text_of(page)
    assert "Both say the same." in text_of(page)
    assert fields_in(page) == fields | {"checked_digest": DEMO_DIGEST}


def test_rows_come_and_go(officer: Client) -> None:
    fields = opened(officer)

    added = fields_in(send(officer, fields, "add-components"))
    removed = fields_in(send(officer, added, "remove-methods-0"))

    assert added["components-9-id"] == ""
    assert set(added) - set(fields) == {key for key in added if key.startswith("components-9-")}
    assert removed["methods-0-method"] == "letter-code"
    assert "methods-1-method" not in removed


def test_problems_stand_beside_their_fields(officer: Client, psp: Psp) -> None:
    fields = opened(officer) | {
        "name": "",
        "components-1-id": "no spaces",
        "components-3-rests_on": "phone-sos",
        "components-0-class": "toaster",
        "methods-0-knowledge": "see, nothing-such",
        "methods-1-below": "new",
    }

    page = send(officer, fields, "submit")

    for name, words in (
        ("name", "expected some text"),
        ("components-0-class", "unknown value"),
        ("components-1-id", "expected a name"),
        ("methods-1-below", "expected a version"),
    ):
        assert words in page.partition(f'id="id_{name}_error"')[2][:200], name
        assert f'aria-describedby="id_{name}_error"' in page
    assert "Please look at the marked fields" in page
    assert fields_in(page)["components-1-id"] == "no spaces"
    assert DesignVersion.objects.filter(psp=psp).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("components-3-rests_on", "phone-sos", "unknown component phone-sos"),
        ("methods-0-knowledge", "see, nothing", "unknown component nothing"),
    ],
)
def test_an_unknown_component_is_named_beside_who_rests_on_it(
    officer: Client, field: str, value: str, words: str
) -> None:
    page = send(officer, opened(officer) | {field: value})

    assert words in text_of(page.partition(f'id="id_{field}_error"')[2][:300])


def test_a_cycle_is_told_above_the_fields(officer: Client) -> None:
    page = send(officer, opened(officer) | {"components-0-rests_on": "app"})

    assert "a component rests on itself" in text_of(page)


def test_what_was_reviewed_is_submitted_and_nothing_else(officer: Client, psp: Psp) -> None:
    fields = opened(officer, start="pack-design-one-phone")
    checked = fields_in(send(officer, fields))

    changed = send(officer, checked | {"components-0-supplier": "somebody"}, "submit")
    assert "Nothing was submitted" in changed
    assert DesignVersion.objects.filter(psp=psp).count() == 1

    page = send(officer, checked, "submit")
    version = DesignVersion.objects.get(psp=psp, number=2)
    assert "Submitted. Another person approves it." in page
    assert version.digest == digest_of_designs(read_designs(ONE_PHONE))
    assert version.source.startswith('{\n  "schema": 1')


def test_a_design_with_too_many_rows_is_written_as_text(
    officer: Client, psp: Psp, now: datetime
) -> None:
    many = [{"id": f"c{number}", "class": "server"} for number in range(120)]
    method = {"method": "m", "elements": {"knowledge": {"rests_on": ["c1"]}}}
    put_design_in_force(psp, designs(components=many, methods=[method]), now=now)

    page = officer.get(FORM).content.decode()

    assert "more rows than the form takes" in page
    assert "components-0-id" not in page


def test_who_may_not_write_sees_no_form(
    psp: Psp, sign_in: SignIn, other_psp: Psp, now: datetime
) -> None:
    assert sign_in(psp, Role.REGULATOR).get(FORM).status_code == 403
    assert "/accounts/login/" in Client().post(FORM, {"step": "submit"})["Location"]
    put_design_in_force(other_psp, ONE_PHONE, now=now)
    assert opened(sign_in(psp), start="version-2")["name"] == "App PIN and device key"
