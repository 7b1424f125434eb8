"""The house rules that a machine can check."""
# SPDX-License-Identifier: Apache-2.0

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from compliance.core.errors import ComplianceError
from compliance.core.problems import STATUS_OF

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("policies", "compliance")
BLOCKER = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(f"{{name}} is blocked")
        return None
sys.meta_path.insert(0, Refuse())
import importlib
for module in {modules!r}:
    importlib.import_module(module)
"""
WEB_PROCESS = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "compliance.settings.test"
import compliance.asgi
from django.urls import get_resolver
waiting = [get_resolver()]
while waiting:
    waiting += getattr(waiting.pop(), "url_patterns", [])
from compliance.api.v1.openapi import openapi_document
print(*openapi_document().value["paths"])
print("solver:", "z3" in sys.modules or "compliance.policysets.proving" in sys.modules)
"""


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize(
    ("folder", "blocked"),
    [
        ("policies", {"django", "celery", "z3", "compliance", "rest_framework"}),
        ("compliance/ledger/merkle", {"django", "celery", "z3", "rest_framework"}),
        ("compliance/evidence/providers", {"django", "celery", "z3", "rest_framework"}),
    ],
)
def test_pure_packages_import_with_the_frameworks_blocked(folder: str, blocked: set[str]) -> None:
    modules = [module_name(path) for path in sorted((ROOT / folder).rglob("*.py"))]
    code = BLOCKER.format(blocked=blocked, modules=modules)

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert modules
    assert result.returncode == 0, result.stderr


def test_a_web_process_never_loads_the_solver() -> None:
    result = subprocess.run(
        [sys.executable, "-c", WEB_PROCESS], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert "/v1/policy-sets/{version}/analysis" in result.stdout
    assert "solver: False" in result.stdout


def test_the_web_process_starts_with_the_solver_blocked() -> None:
    code = BLOCKER.format(blocked={"z3"}, modules=["compliance.asgi", "compliance.urls"])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "compliance.settings.test"}

    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr


def test_no_module_has_more_than_400_lines() -> None:
    long = [
        (module_name(path), count)
        for path in sources()
        if "migrations" not in path.parts
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]

    assert long == []


def test_every_module_says_what_it_is_for_and_its_licence() -> None:
    bare = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if text and "migrations" not in path.parts:
            has_docstring = ast.get_docstring(ast.parse(text)) is not None
            if not has_docstring or "# SPDX-License-Identifier: Apache-2.0" not in text:
                bare.append(module_name(path))

    assert bare == []


def public_functions(file_name: str) -> Iterator[tuple[str, inspect.Signature]]:
    for path in sources():
        if path.name == file_name and path.parts[-3] == "compliance":
            module = import_module(module_name(path))
            for name, value in vars(module).items():
                is_ours = getattr(value, "__module__", "") == module.__name__
                if inspect.isfunction(value) and is_ours and not name.startswith("_"):
                    yield f"{module.__name__}.{name}", inspect.signature(value)


def test_services_take_keywords_only() -> None:
    loose = [
        name
        for name, signature in public_functions("services.py")
        if any(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in signature.parameters.values())
    ]

    assert loose == []


def service_errors() -> Iterator[type[ComplianceError]]:
    for path in sources():
        if path.name == "errors.py" and "compliance" in path.parts:
            import_module(module_name(path))
    waiting = [ComplianceError]
    while waiting:
        error = waiting.pop()
        yield error
        waiting += error.__subclasses__()


def test_every_error_of_the_service_has_a_status() -> None:
    loose = [
        error.__qualname__
        for error in service_errors()
        if error is not ComplianceError and error.code not in STATUS_OF
    ]

    assert loose == []


# What acts for the deployment itself, or finds out which PSP it is about.
NOT_ABOUT_ONE_PSP = {
    "compliance.tenants.selectors.psps",
    "compliance.tenants.selectors.psp_by_ref",
    "compliance.tenants.selectors.demonstration_psp",
    "compliance.tenants.selectors.memberships_of",
    "compliance.tenants.selectors.usable_api_keys",
    "compliance.tenants.selectors.api_key_for",
    "compliance.designs.selectors.read_design_document",
}


def test_selectors_start_from_the_psp() -> None:
    loose = [
        name
        for name, signature in public_functions("selectors.py")
        if name not in NOT_ABOUT_ONE_PSP and next(iter(signature.parameters), "") != "psp"
    ]

    assert loose == []


def test_the_repository_names_no_path_of_the_machine_it_was_made_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    guilty = [
        name
        for name in filter(None, listed)
        if (ROOT / name).is_file() and f"{ROOT}/".encode() in (ROOT / name).read_bytes()
    ]

    assert guilty == []
