"""The engine: `reference` is the specification, `decide` its fast equal, `explain` says why."""
# SPDX-License-Identifier: Apache-2.0

from policies.engine.compiled import decide
from policies.engine.explain import Explanation, Reason, explain
from policies.engine.sentences import condition_phrase, obligation_phrase, rule_sentence

__all__ = [
    "Explanation",
    "Reason",
    "condition_phrase",
    "decide",
    "explain",
    "obligation_phrase",
    "rule_sentence",
]
