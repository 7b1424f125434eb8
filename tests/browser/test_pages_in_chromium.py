"""Every page in a real browser: keyboard, contrast, narrow screens, no script, and the policy on content."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from compliance.reports.models import Report, ReportState
from compliance.reports.services import request_report
from compliance.tenants.models import User
from tests.browser.conftest import Reception, Visitor
from tests.web.data import Furnished
from tests.web.pages import running_shadow, waiting_property_waiver_ref

NARROW = 360
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OF_COLOR = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What a scheme can change; the rest of a page is the same in both."""


def request_one(furnished: Furnished) -> Report:
    now = datetime.now(UTC)
    return request_report(
        psp=furnished.psp,
        period_start=now - timedelta(days=1),
        period_end=now,
        requested_by="Olivia Officer",
        now=now,
    )


def addresses(furnished: Furnished) -> list[str]:
    """Return the address of every page that a person opens."""
    report = request_one(furnished)
    return [
        "/",
        "/duties",
        "/designs",
        "/designs?component=device-key",
        "/designs/1",
        "/designs/form",
        "/designs/new",
        "/policies",
        "/policies/new",
        "/back-tests",
        f"/shadows/{running_shadow(furnished).ref}",
        "/evidence/anchors",
        "/evidence/settings",
        "/evidence/settings/ear",
        "/waivers",
        f"/waivers/{furnished.waiver_ref}",
        f"/waivers/properties/{waiting_property_waiver_ref(furnished)}",
        "/evidence",
        "/evidence/providers/freerasp",
        "/privacy",
        "/privacy/erasure",
        "/privacy/retention",
        "/decisions",
        "/decisions?effect=deny&platform=android",
        "/decisions?effect=nonsense",
        *(f"/decisions/{furnished.ref_of(e)}" for e in ("deny", "hold", "step_up", "permit")),
        "/reports",
        f"/reports/{report.ref}",
        "/ledger?size1=3&size2=9",
        "/ledger/3",
        "/verify",
        "/accounts/2fa/",
        "/accounts/password/change/",
        "/accounts/logout/",
        "/nothing-here",
    ]


def unfold(page: Page) -> None:
    """Open everything that is folded, so that it is looked at as well."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def violations(page: Page, rules: dict[str, list[str]] = RULES) -> list[str]:
    """Return what axe-core objects to, one line for each element."""
    response = Axe().run(page, options=rules).response
    return [
        f"{page.url} {found['id']}: {node['target']} {node['html'][:120]}"
        for found in response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "rules"), [("light", RULES), ("dark", OF_COLOR)])
def test_no_page_is_inaccessible(
    reception: Reception,
    furnished: Furnished,
    person: User,
    scheme: str,
    rules: dict[str, list[str]],
) -> None:
    visitor = reception.visitor(scheme=scheme)
    visitor.open("/accounts/login/")
    found = violations(visitor.page, rules)
    visitor.sign_in(person)

    for address in addresses(furnished):
        visitor.open(address)
        unfold(visitor.page)
        found += violations(visitor.page, rules)

    assert found == []


@pytest.mark.parametrize("text", ["{schema: 1}", ""])
def test_a_checked_design_is_accessible_and_fits(
    reception: Reception, person: User, text: str
) -> None:
    visitor = reception.visitor(width=NARROW)
    page = visitor.sign_in(person)
    visitor.open("/designs/new?start=pack-design-one-phone")
    if text:
        page.get_by_label("Text (YAML or JSON)").fill(text)

    page.get_by_role("button", name="Check", exact=True).click()

    said = "Problems" if text else "Shared by two elements or more"
    expect(page.get_by_text(said).first).to_be_visible()
    unfold(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_no_page_breaks_the_policy_on_content_or_fails_in_script(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor()
    visitor.sign_in(person)

    for address in addresses(furnished):
        visitor.open(address)

    expected = "the server responded with a status of 404"
    assert [each for each in visitor.complaints if expected not in each] == []


def test_the_policy_on_content_would_be_noticed(reception: Reception, person: User) -> None:
    visitor = reception.visitor()
    visitor.sign_in(person)

    visitor.page.evaluate("document.body.setAttribute('style', 'color: red')")

    assert any("Content Security Policy" in each for each in visitor.complaints)


def test_no_page_scrolls_sideways_on_a_narrow_screen(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor(width=NARROW)
    visitor.sign_in(person)
    too_wide = []

    for address in addresses(furnished):
        page = visitor.open(address)
        unfold(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW:
            too_wide.append((address, width))

    assert too_wide == []


def test_every_page_works_without_script(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor(javascript=False)
    page = visitor.sign_in(person)

    for address in addresses(furnished):
        visitor.open(address)
        expect(page.locator("h1")).to_be_visible()

    visitor.open("/decisions")
    page.get_by_label("Effect").select_option("deny")
    page.get_by_role("button", name="Filter").click()
    page.locator("#results tbody a").first.click()
    page.get_by_role("button", name="Decide again").click()
    expect(page.get_by_text("Agrees.")).to_be_visible()
    visitor.open("/reports")
    page.get_by_label("This quarter so far").check()
    page.get_by_role("button", name="Request").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    expect(page.get_by_role("link", name="See how far it is now")).to_be_visible()


def focus_is_visible(page: Page) -> bool:
    """Return whether the focused element is outlined."""
    style = "getComputedStyle(document.activeElement)"
    outlined: bool = page.evaluate(
        f"document.activeElement === document.body || {style}.outlineStyle !== 'none'"
    )
    return outlined


def walk(page: Page, steps: int) -> list[str]:
    """Press Tab and return what was focused, with what could not be seen marked."""
    seen = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement.getAttribute('href') || document.activeElement.name"
            " || document.activeElement.textContent.trim()"
        )
        seen.append(str(name) if focus_is_visible(page) else f"invisible: {name}")
    return seen


def test_pages_are_walked_by_keyboard_and_the_focus_is_seen(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor()
    visitor.sign_in(person)

    for address in addresses(furnished):
        visitor.open(address)
        stops = walk(visitor.page, 14)

        assert stops[0] == "#main", address
        assert [stop for stop in stops if stop.startswith("invisible")] == [], address


def test_the_skip_link_leads_past_the_navigation(reception: Reception, person: User) -> None:
    visitor = reception.visitor()
    page = visitor.sign_in(person)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_an_officer_finds_a_decision_and_decides_again_by_keyboard_alone(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor()
    page = visitor.sign_in(person)
    visitor.open("/decisions")
    support_ref = furnished.answers[-1].for_device.support_ref

    tab_to(page, "support_ref")
    page.keyboard.type(support_ref)
    page.keyboard.press("Enter")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    assert f"support_ref={support_ref}" in page.url
    page.locator("#results tbody a").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(":")
    page.get_by_role("button", name="Decide again").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#replay")).to_contain_text("Agrees.")
    assert visitor.complaints == []


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"no way to {name} by keyboard")


def test_filtering_changes_the_list_without_loading_the_page_anew(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor()
    page = visitor.sign_in(person)
    visitor.open("/decisions")
    page.evaluate("window.isStillHere = true")

    page.get_by_label("Effect").select_option("deny")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".chip")).to_have_count(1)

    assert page.evaluate("window.isStillHere") is True
    assert "effect=deny" in page.url
    expected = sum(answer.effect == "deny" for answer in furnished.answers)
    expect(page.locator("#results tbody tr")).to_have_count(expected)
    page.locator(".chip").click()
    expect(page.locator("#results tbody tr")).to_have_count(len(furnished.answers))


def test_progress_of_a_report_moves_by_itself(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    report = request_one(furnished)
    visitor = reception.visitor()
    page = visitor.sign_in(person)
    visitor.open(f"/reports/{report.ref}")
    expect(page.locator("progress")).to_have_attribute("value", "0")

    Report.objects.filter(pk=report.pk).update(
        state=ReportState.RUNNING, progress=60, step="Rendering"
    )
    expect(page.locator("progress")).to_have_attribute("value", "60")
    expect(page.get_by_role("status")).to_contain_text("Rendering")
    Report.objects.filter(pk=report.pk).update(state=ReportState.FAILED, failure="no seal key")

    expect(page.get_by_text("no seal key")).to_be_visible()
    assert visitor.complaints == []


def test_a_large_psp_s_figures_follow_by_themselves(
    reception: Reception, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.counting.SMALL", -1)
    visitor = reception.visitor()

    page = visitor.sign_in(person)

    expect(page.get_by_role("heading", name="Breaches per week")).to_be_visible()
    assert visitor.complaints == []


def test_targets_are_large_enough_to_hit(
    reception: Reception, furnished: Furnished, person: User
) -> None:
    visitor = reception.visitor(width=NARROW)
    visitor.sign_in(person)

    small = [
        (address, *found)
        for address in ("/", "/decisions?effect=deny", "/reports", "/verify")
        for found in small_controls(visitor, address)
    ]

    assert furnished.answers
    assert small == []


def small_controls(visitor: Visitor, address: str) -> list[tuple[str, float]]:
    """Return buttons, fields, chips and links of the frame that are lower than 24 px (WCAG 2.5.8)."""
    found: list[tuple[str, float]] = visitor.open(address).evaluate(
        """() => [...document.querySelectorAll(
             'button, select, input:not([type=radio]):not([type=hidden]), .btn, .chip, nav a, .who a'
           )]
           .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])
           .filter(([_, height]) => height > 0 && height < 24)"""
    )
    return found
