"""Which execution environment a decision is made on: what verified statements say, then what is claimed."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

from compliance.evidence.fusion import conflicting
from compliance.evidence.providers.shape import Appraisal, StatedEnvironment
from policies.model import Environment
from policies.model.facts import attribute_of
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import Finding


def environment_of(
    claimed: StatedEnvironment, appraisals: Sequence[Appraisal]
) -> tuple[Environment, tuple[Finding, ...]]:
    """Return the execution environment, and the finding of a contradiction about it, if there is one.

    Verified statements count more than the back-end's claim, which fills in what they leave out. Where
    statements contradict each other nobody is believed: the field is unknown, as no rule may gain by it.
    """
    stated = [each.environment for each in appraisals if each.environment is not None]
    if not stated:
        return claimed.fields, ()
    conflict = _differ([each.instance for each in (claimed, *stated)])
    fields = {}
    for field in ENVIRONMENT_FIELDS:
        said = {each.fields.value_of(field) for each in stated} - {UNKNOWN}
        claim = claimed.fields.value_of(field)
        conflict = conflict or len((said | {claim}) - {UNKNOWN}) > 1
        value = next(iter(said)) if len(said) == 1 else UNKNOWN
        fields[attribute_of(field)] = value if said else claim
    return Environment(**fields), (conflicting(is_present=True),) if conflict else ()


def _differ(names: Sequence[str]) -> bool:
    """Return whether those who name an instance name different ones."""
    return len({name for name in names if name}) > 1
