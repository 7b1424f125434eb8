"""Abstract syntax and values: conditions, rules, policy set, facts, decision."""
# SPDX-License-Identifier: Apache-2.0

from policies.model.conditions import (
    All,
    Any,
    Atom,
    AttributeIs,
    Comparison,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Not,
    Operator,
    ReliableElements,
    Value,
    atoms_of,
)
from policies.model.decision import Decision, Disposition
from policies.model.facts import Environment, Facts, age_s, seconds_since
from policies.model.policy_set import AttributeDeclaration, Obligation, PolicySet, Rule

__all__ = [
    "All",
    "Any",
    "Atom",
    "AttributeDeclaration",
    "AttributeIs",
    "Comparison",
    "Condition",
    "Decision",
    "Disposition",
    "ElementIs",
    "Environment",
    "EnvironmentIs",
    "Facts",
    "FindingIs",
    "Not",
    "Obligation",
    "Operator",
    "PolicySet",
    "ReliableElements",
    "Rule",
    "Value",
    "age_s",
    "atoms_of",
    "seconds_since",
]
