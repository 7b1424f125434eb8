"""A real Chromium against the real pages."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from compliance.tenants.models import User
from tests.integration.conftest import _append_only_tables_can_be_emptied  # noqa: F401
from tests.support.factories import PASSWORD, make_person
from tests.web.data import Furnished, furnish, ready_psp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser; skip it, with the reason, where there is none."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="module")
def _unsafe_asynchronous_database_access() -> Iterator[None]:
    """Let the test's thread, in which Playwright runs an event loop, use the ORM as well."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(scope="module")
def chromium(_unsafe_asynchronous_database_access: None) -> Iterator[Browser]:
    """One Chromium for these tests, with nothing that calls home."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody at a browser. `complaints` are the console's errors, CSP violations among them."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the service."""
        self.page.goto(self.base + path)
        return self.page

    def sign_in(self, person: User) -> Page:
        """Sign in by the form."""
        self.open("/accounts/login/")
        self.page.get_by_label("Email").fill(person.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(self.base + "/")
        return self.page


class Reception:
    """Lets visitors in, with the browser settings of their own."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser = browser
        self._base = base
        self._contexts: list[BrowserContext] = []

    def visitor(
        self,
        *,
        scheme: str = "light",
        width: int = 1280,
        javascript: bool = True,
    ) -> Visitor:
        """Return a new visitor."""
        context = self._browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        visitor = Visitor(context, context.new_page(), self._base)
        visitor.page.on(
            "console",
            lambda message: (
                visitor.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor

    def close(self) -> None:
        """Send everybody home."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def reception(chromium: Browser, live_server: LiveServer) -> Iterator[Reception]:
    reception = Reception(chromium, live_server.url)
    yield reception
    reception.close()


@pytest.fixture
def furnished(transactional_db: None) -> Furnished:  # noqa: ARG001 - the server reads what is committed
    now = datetime.now(UTC)
    return furnish(ready_psp(now=now, demonstration=True), now=now)


@pytest.fixture
def person(furnished: Furnished) -> User:
    return make_person(furnished.psp)
