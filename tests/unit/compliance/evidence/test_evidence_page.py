"""`docs/evidence.md`: every provider is there, and what it says to set up is taken as it stands."""
# SPDX-License-Identifier: Apache-2.0

import re
from pathlib import Path

import pytest

from compliance.evidence.providers import PROVIDERS
from compliance.evidence.setting_up import settings_from

PAGE = Path(__file__).parents[4] / "docs" / "evidence.md"
_SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n?)*)", re.MULTILINE)
SECTIONS = dict(_SECTION.findall(PAGE.read_text()))
EXAMPLES = [
    (name, source)
    for name, text in SECTIONS.items()
    for source in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
]


def test_every_provider_is_on_the_page() -> None:
    headings = (
        heading for heading in SECTIONS if heading.islower()
    )  # others are about all of them
    named = {name for heading in headings for name in heading.split(", ")}

    assert named == {*PROVIDERS, "required_evidence"}


@pytest.mark.parametrize(("provider", "source"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_what_the_page_sets_up_is_taken(provider: str, source: str) -> None:
    assert settings_from(provider, source.encode()) is not None


def test_what_needs_setting_up_has_an_example() -> None:
    reported = {"promon", "wultra", "generic_rasp"}  # on a page of their own
    needing = {name for name, each in PROVIDERS.items() if each.read_settings is not None}

    assert needing - reported == {name for name, _ in EXAMPLES} - {"required_evidence"}
