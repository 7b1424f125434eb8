"""`docs/privacy.md`: every command and program on the page is run as it stands there, in its order."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from compliance.decisions.keeping import evidence_keeping
from compliance.decisions.retention import retention_days
from compliance.evidence.public_keys import read_public_key
from compliance.evidence.sealed_inputs import SEALED_LIMIT, key_sealed_to
from compliance.evidence.sealing_keys import sealing_keys_of
from tests.support.erasing import entries, put_recorded
from tests.support.factories import make_person, make_psp
from tests.support.raw_evidence import put_raw_evidence

PAGE = (Path(__file__).parents[4] / "docs" / "privacy.md").read_text()
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL)
MANAGE = ".venv/bin/python manage.py "

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Run all of the page in an empty folder, with references in the place of those invented."""
    monkeypatch.chdir(tmp_path)

    def run_page(names: dict[str, str]) -> None:
        for language, text in BLOCKS:
            if language == "python":
                exec(compile(text, "privacy.md", "exec"), {})  # noqa: S102 - our own page
                continue
            for line in text.splitlines():
                for invented, real in names.items():
                    line = line.replace(invented, real)  # noqa: PLW2901
                if line.startswith(MANAGE):
                    call_command(*shlex.split(line.removeprefix(MANAGE)))
                else:
                    subprocess.run(shlex.split(line), check=True, capture_output=True)

    return run_page


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_the_page_does_what_it_says(
    run: Callable[[dict[str, str]], None], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    psp = make_psp()
    decision = put_recorded(psp)
    put_raw_evidence(decision)
    names = {"psp_…": psp.ref, "dec_…": decision.ref}
    names["officer@psp.example"] = make_person(psp).email

    run(names)

    printed = capsysbinary.readouterr()
    assert printed.out.count(b"4711") == 1
    assert b"personal data that is otherwise dropped" in printed.err
    public = read_public_key(json.loads(Path("sealing-public.json").read_text()))
    assert key_sealed_to(Path("sealed.jwe").read_text(), {public.kid: public}) == "psp-2026-11"
    (row,) = sealing_keys_of(psp)
    assert (row.kid, row.retired_at is None) == ("psp-2026-11", False)
    kept = evidence_keeping(psp)
    assert kept is not None
    assert (kept.providers, retention_days(psp)) == (["android_key_attestation"], 400)
    assert [each["decision"] for each in entries(psp, "raw_evidence_read")] == [decision.ref]


def test_the_limits_are_those_of_the_page() -> None:
    assert f"{SEALED_LIMIT:,} characters" in PAGE
