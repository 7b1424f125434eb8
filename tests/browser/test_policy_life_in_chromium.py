"""The life of a version in a real browser: written, mended, submitted, approved, blocked, waived, in force."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from compliance.policysets.models import Analysis, PolicySetVersion
from compliance.policysets.proving import produce_analysis
from compliance.tenants.models import Role
from tests.browser.conftest import Reception
from tests.browser.test_pages_in_chromium import NARROW, unfold, violations
from tests.support.factories import PASSWORD, make_person
from tests.support.unproved import unproved
from tests.web.data import Furnished

MISTAKEN = "effect: denied"


def objections(page: Page) -> list[str]:
    """Return what axe-core objects to with everything unfolded."""
    unfold(page)
    return violations(page)


def type_text(page: Page, text: str, *, then: str) -> None:
    """Replace the text in the editor and press a button."""
    page.get_by_label("Text (YAML or JSON)").fill(text)
    page.get_by_role("button", name=then, exact=True).click()


def write_with_a_mistake(page: Page) -> None:
    """Write a version that is wrong in one place, and see it marked."""
    page.get_by_role("link", name="New version").click()
    wrong = unproved().decode().replace("effect: deny", MISTAKEN, 1)
    type_text(page, wrong, then="Check")
    expect(page.get_by_role("alert")).to_contain_text("/rules/0/effect")
    expect(page.locator(".is-wrong")).to_contain_text(MISTAKEN)
    assert MISTAKEN in page.get_by_label("Text (YAML or JSON)").input_value()


def approve(page: Page) -> None:
    """Approve what is shown."""
    page.get_by_role("button", name="Approve").click()
    confirm(page, "Approved.")


def confirm(page: Page, said: str) -> None:
    """Show again that it is oneself, where that was too long ago; then it is said that it is done."""
    expect(page.get_by_text(said).or_(page.get_by_label("Password"))).to_be_visible()
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text(said)).to_be_visible()


def ask_for_waiver(page: Page, property_id: str) -> None:
    """Ask for a waiver of a property on the page of a version."""
    part = page.locator(f"#property-{property_id}")
    part.get_by_text("Ask for a waiver").click()
    part.get_by_label("Reason").fill("The vendor adds the probe in December.")
    part.get_by_label("Compensating control").fill("Payments over EUR 30 are called back.")
    last = datetime.now(UTC) + timedelta(days=20)
    part.get_by_label("Last day").fill(last.strftime("%Y-%m-%d"))
    part.get_by_role("button", name="Ask for the waiver").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Waiver of property {property_id}")


@pytest.mark.parametrize("script", ["with script", "without script"])
def test_a_version_comes_into_force_by_two_people_although_a_property_is_not_proved(
    reception: Reception, furnished: Furnished, script: str
) -> None:
    has_script = script == "with script"
    author = reception.visitor(javascript=has_script)
    approver = reception.visitor(javascript=has_script)
    writing = author.sign_in(make_person(furnished.psp, name="Anna Author"))
    deciding = approver.sign_in(make_person(furnished.psp, Role.APPROVER, name="Amy Approver"))
    found: list[str] = []
    look = objections if has_script else (lambda _page: [])

    author.open("/policies")
    write_with_a_mistake(writing)
    found += look(writing)

    type_text(writing, unproved().decode(), then="Check")
    expect(writing.get_by_text("No problem was found")).to_be_visible()
    writing.get_by_role("button", name="Save as draft").click()
    expect(writing.get_by_text("Not analysed yet")).to_be_visible()
    found += look(writing)
    writing.get_by_role("button", name="Submit for approval").click()
    expect(writing.locator("progress")).to_be_visible()
    found += look(writing)

    version = PolicySetVersion.objects.filter(psp=furnished.psp).latest("number")
    address = f"/policies/{version.number}"
    approver.open(address)
    expect(deciding.get_by_text("It cannot be approved yet")).to_be_visible()
    produce_analysis(analysis_id=version.analyses.get().pk, clock=timezone.now)
    if not has_script:
        approver.open(address)
    expect(deciding.locator("#property-P5")).to_contain_text("which is weaker")
    found += look(deciding)
    deciding.get_by_label("I have read the difference").check()
    approve(deciding)
    expect(deciding.get_by_text("It cannot be put in force")).to_be_visible()
    expect(deciding.get_by_role("button", name="Put in force now")).to_have_count(0)

    for property_id in version.analyses.get().blocking:
        author.open(address)
        ask_for_waiver(writing, property_id)
        found += look(writing)
        expect(writing.get_by_role("button", name="Approve")).to_have_count(0)
        approver.open("/")
        deciding.get_by_role("link", name=f"Waiver of property {property_id}").click()
        approve(deciding)

    author.open(address)
    found += look(writing)
    writing.get_by_role("button", name="Put in force now").click()
    confirm(writing, "In force as of the moment shown")
    author.open("/waivers")
    expect(writing.get_by_role("heading", name="Of properties")).to_be_visible()
    found += look(writing)

    assert found == []
    assert author.complaints + approver.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_an_analysis_is_inaccessible_or_too_wide(
    reception: Reception, furnished: Furnished, scheme: str
) -> None:
    visitor = reception.visitor(scheme=scheme, width=NARROW)
    page = visitor.sign_in(make_person(furnished.psp))
    visitor.open("/policies/new")
    type_text(page, unproved(failing_case=True).decode(), then="Save and submit for approval")
    expect(page.locator("progress")).to_be_visible()
    address = page.url.removeprefix(visitor.base)
    analysis = Analysis.objects.get(version__psp=furnished.psp, state="requested")
    found, wide = [], []

    for state in ("requested", "failed", "ready"):
        if state == "ready":
            page.get_by_role("button", name="Analyse now").click()
            expect(page.locator("progress")).to_be_visible()
            again = Analysis.objects.get(version=analysis.version, state="requested")
            produce_analysis(analysis_id=again.pk, clock=timezone.now)
        elif state == "failed":
            Analysis.objects.filter(pk=analysis.pk).update(state=state, failure="out of luck")
        visitor.open(address)
        found += objections(page)
        wide.append(page.evaluate("document.documentElement.scrollWidth"))

    expect(page.get_by_text("expected deny, decided permit")).to_be_visible()
    assert found == []
    assert wide == [NARROW] * 3
    assert visitor.complaints == []
