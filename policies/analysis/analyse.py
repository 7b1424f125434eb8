"""The entry points: analyse a policy set."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from policies.analysis.context import Context
from policies.analysis.difference import compare
from policies.analysis.hygiene import no_idle_rules
from policies.analysis.mitigation import (
    alterations_mitigated,
    broken_sca_not_permitted,
    duties_answered,
    silence_handled,
)
from policies.analysis.monotone import worse_never_weakens
from policies.analysis.results import AnalysisReport, PropertyResult
from policies.analysis.stepping import step_ups_stand_alone
from policies.analysis.stripping import stripping_gains_nothing
from policies.analysis.telling import attacks_not_told, hard_measures_well_founded
from policies.design import Designs
from policies.model import PolicySet

PROPERTIES: Final[Mapping[str, Callable[[Context], PropertyResult]]] = MappingProxyType(
    {
        "P1": duties_answered,
        "P2": alterations_mitigated,
        "P3": broken_sca_not_permitted,
        "P4": step_ups_stand_alone,
        "P5": stripping_gains_nothing,
        "P6": worse_never_weakens,
        "P7": attacks_not_told,
        "P8": silence_handled,
        "P9": hard_measures_well_founded,
        "P10": no_idle_rules,
    }
)
"""Each property by its id, in order. Each asserts what is unsatisfiable if and only if it holds."""


def analyse(
    policy_set: PolicySet,
    designs: Designs | None,
    *,
    previous: PolicySet | None = None,
    time_limit_s: float = 10.0,
    progress: Callable[[int, int], None] | None = None,
) -> AnalysisReport:
    """Return whether the policy set has each property, within `time_limit_s` seconds for each.

    `designs` are the PSP's authentication designs (None: none registered, the catalogue's word
    counts). With `previous`, the version in force, the report has the difference to it.
    `progress` is told how many steps are done, and of how many.
    """
    steps = len(PROPERTIES) + (previous is not None)
    context = Context(policy_set, designs)
    results = []
    for done, prove in enumerate(PROPERTIES.values()):
        if progress is not None:
            progress(done, steps)
        context.solver.start(time_limit_s)
        results.append(prove(context))
    difference = None
    if previous is not None:
        if progress is not None:
            progress(len(PROPERTIES), steps)
        difference = compare(previous, policy_set, designs, time_limit_s=time_limit_s)
    if progress is not None:
        progress(steps, steps)
    return AnalysisReport(results=tuple(results), difference=difference)
