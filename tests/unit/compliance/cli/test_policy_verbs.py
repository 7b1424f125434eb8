"""`manage.py policy test` and `diff`: for people and for continuous integration."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import CommandError, call_command

from compliance.cli.management.commands.policy import Command
from policies.packs import load_pack
from tests.support.documents import policy, rule

CASE: Final[dict[str, Any]] = {
    "name": "A rooted device",
    "given": {"findings": [{"code": "device.rooted"}], "elements": ["possession"]},
    "expect": {"effect": "deny", "determining_rules": ["a-rule"]},
}
FAILING: Final = CASE | {"name": "Wrong", "expect": {"effect": "permit"}}


def run(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code, and what was written to standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("policy", *arguments, stdout=out, stderr=err)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "policy.json"
    other = rule(id="other", when={"finding": "app.cloned"})
    path.write_bytes(policy(rule(), other, tests=[CASE, FAILING]))
    return str(path)


def test_a_failing_case_ends_with_one_and_says_why(file: str) -> None:
    code, out, _err = run("test", file)

    assert code == 1
    assert out.splitlines() == [
        "pass  A rooted device",
        "FAIL  Wrong",
        "      expected permit, decided deny (a-rule)",
        "no case touches rule other",
        "2 cases, 1 failed",
    ]


def test_results_are_printed_for_machines(file: str) -> None:
    code, out, _err = run("test", file, "--json")
    document = json.loads(out)

    assert code == 1
    assert document["passed"] is False
    assert document["untouched_rules"] == ["other"]
    assert document["cases"][1] == {
        "name": "Wrong",
        "passed": False,
        "effect": "deny",
        "determining_rules": ["a-rule"],
        "determining_rule_count": 1,
        "differences": ["expected permit, decided deny (a-rule)"],
    }


def test_passing_cases_end_with_nought(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(policy(rule(), tests=[CASE]))

    assert run("test", str(path)) == (0, "pass  A rooted device\n1 cases, 0 failed\n", "")
    assert run("test", str(path), "--designs", "pack:design-demo")[0] == 0


def test_designs_that_cannot_be_read_are_refused_with_their_problems(file: str) -> None:
    code, _out, err = run("test", file, "--designs", "pack:balanced")

    assert code == 1
    assert "/rules: unknown field `rules`" in err


def test_documents_that_differ_end_with_one(file: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(policy(rule(effect="permit"), tests=[CASE, FAILING]))
    code, out, _err = run("diff", file, str(path))

    assert code == 1
    assert out.splitlines() == [
        "rule a-rule changed (effect)",
        "  - When device.rooted is present: deny, silently.",
        "  + When device.rooted is present: permit.",
        "rule other removed",
        "  - When app.cloned is present: deny, silently.",
    ]


def test_a_difference_is_printed_for_machines(file: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(policy(rule(), name="New name", tests=[CASE]))
    _code, out, _err = run("diff", file, str(path), "--json")
    document = json.loads(out)

    assert document["document"] == [
        {
            "kind": "changed",
            "name": "name",
            "before": "A policy set",
            "after": "New name",
            "fields": [],
        }
    ]
    assert [(each["kind"], each["name"]) for each in document["rules"] + document["tests"]] == [
        ("removed", "other"),
        ("removed", "Wrong"),
    ]
    assert document["attributes"] == []


def test_the_same_document_twice_is_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "balanced.yaml"
    path.write_bytes(load_pack("balanced"))

    assert run("diff", "pack:balanced", str(path)) == (0, "no difference\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required: VERB"),
        (("praise",), "invalid choice: 'praise'"),
        (("diff", "pack:balanced"), "required: OTHER"),
        (("test", "pack:balanced", "pack:balanced"), "unrecognized arguments: pack:balanced"),
        (("import", "pack:balanced"), "required: --psp, --author"),
        (("import", "pack:balanced", "--psp", "psp_x"), "required: --author"),
    ],
)
def test_a_wrong_use_ends_with_two(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "policy", *arguments])

    assert caught.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb", ["check", "test", "diff", "analyse", "backtest", "import", "export", "key"]
)
def test_each_verb_has_a_help_of_its_own_with_its_exit_codes(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "policy", verb, "--help"])
    text = " ".join(capsys.readouterr().out.split())

    assert caught.value.code == 0
    assert text.startswith(f"usage: manage.py policy {verb} ")
    assert "Exit codes: 0 " in text
    assert text.endswith("2 wrong usage.")


def test_djangos_options_may_stand_behind_the_verb() -> None:
    out = run("check", "pack:balanced", "--settings", "compliance.settings.test", "--no-color")[1]

    assert out.startswith("valid: ")
