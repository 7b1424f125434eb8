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
from policies.model.policy_set import (
    CASE_TIME,
    AttributeDeclaration,
    Case,
    Expectation,
    Obligation,
    PolicySet,
    Rule,
)

__all__ = [
    "CASE_TIME",
    "All",
    "Any",
    "Atom",
    "AttributeDeclaration",
    "AttributeIs",
    "Case",
    "Comparison",
    "Condition",
    "Decision",
    "Disposition",
    "ElementIs",
    "Environment",
    "EnvironmentIs",
    "Expectation",
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
