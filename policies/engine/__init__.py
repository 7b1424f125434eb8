"""The engine: `reference` is the specification, `decide` its fast equal, `explain` says why."""
# SPDX-License-Identifier: Apache-2.0

from policies.engine.compiled import decide
from policies.engine.difference import Change, Difference, difference
from policies.engine.explain import Explanation, Reason, explain
from policies.engine.sentences import condition_phrase, obligation_phrase, rule_sentence
from policies.engine.testing import CaseResult, CasesReport, facts_of, run_cases

__all__ = [
    "CaseResult",
    "CasesReport",
    "Change",
    "Difference",
    "Explanation",
    "Reason",
    "condition_phrase",
    "decide",
    "difference",
    "explain",
    "facts_of",
    "obligation_phrase",
    "rule_sentence",
    "run_cases",
]
