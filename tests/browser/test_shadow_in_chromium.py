"""A shadow, started and stopped in a browser without script."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime

from playwright.sync_api import expect

from compliance.policysets.services import create_version
from compliance.tenants.models import User
from policies.packs import load_pack
from tests.browser.conftest import Reception
from tests.web.data import Furnished


def test_a_shadow_is_started_and_stopped_without_script(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    source = load_pack("observe-first")
    create_version(psp=furnished.psp, source=source, author=person, now=datetime.now(UTC))
    visitor = reception.visitor(javascript=False)
    page = visitor.sign_in(person)

    visitor.open("/back-tests")
    page.get_by_label("Days from now").fill("3")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Shadow")
    visitor.open("/back-tests")
    expect(page.get_by_text("One shadow runs at a time")).to_be_visible()
    page.get_by_role("button", name="Stop the shadow").click()

    expect(page.get_by_text("Stopped. What it has counted stays.")).to_be_visible()
    visitor.open("/back-tests")
    expect(page.get_by_role("heading", name="Shadows that have ended")).to_be_visible()
    assert visitor.complaints == []
