"""Policy sets for tests of the analysis: a ready one with changes, or a small one."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Callable
from typing import Any

import yaml

from policies.analysis import PropertyResult, analyse
from policies.design import Designs
from policies.documents import read_designs, read_policy_set
from policies.model import PolicySet
from policies.packs import load_pack

DESIGNS = read_designs(load_pack("design-demo"))
Document = dict[str, Any]


def pack(name: str = "balanced") -> Document:
    document: Document = yaml.safe_load(load_pack(name))
    document.pop("tests", None)
    return document


def rule_in(document: Document, id_: str) -> Document:
    found: Document = next(rule for rule in document["rules"] if rule["id"] == id_)
    return found


def read(document: Document) -> PolicySet:
    return read_policy_set(json.dumps(document).encode())


def changed(change: Callable[[Document], object], name: str = "balanced") -> PolicySet:
    document = pack(name)
    change(document)
    return read(document)


def without_rule(*ids: str) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        document["rules"] = [rule for rule in document["rules"] if rule["id"] not in ids]

    return change


def result_of(id_: str, policy_set: PolicySet, designs: Designs | None = DESIGNS) -> PropertyResult:
    return analyse(policy_set, designs).result(id_)
