"""What follows from the rules that hold: shared by both engines, since it is not a matter of speed."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from operator import itemgetter

from policies.model.decision import Disposition
from policies.model.policy_set import Obligation, ParameterValue, Rule
from policies.vocabulary.actions import STEP_UP
from policies.vocabulary.disclosure import DISCLOSURE_RANK, Disclosure
from policies.vocabulary.effects import STRENGTH, Effect
from policies.vocabulary.findings import CATALOGUE, Finding, FindingState


def strongest_effect(holding: Iterable[Rule], otherwise: Effect) -> Effect:
    """Return the strongest effect among the rules that hold, else `otherwise`."""
    return max((rule.effect for rule in holding), key=STRENGTH.__getitem__, default=otherwise)


def united_obligations(holding: Iterable[Rule], effect: Effect) -> tuple[Obligation, ...]:
    """Return the obligations of every rule that holds, sorted.

    The same action with the same parameters stands there once, with its shortest deadline. With
    other parameters it is another obligation, and both are to be met: two step-up methods, two
    limits. One thing is left out: a denied authentication is not stepped up, since there is
    nothing left to go on with. A held one is: whoever releases it must not skip the step-up.
    """
    shortest: dict[tuple[str, tuple[tuple[str, ParameterValue], ...]], Obligation] = {}
    for rule in holding:
        for each in rule.obligations:
            if each.action == STEP_UP and effect is Effect.DENY:
                continue
            known = shortest.setdefault((each.action, each.parameters), each)
            if _is_sooner(each, known):
                shortest[each.action, each.parameters] = each
    return tuple(obligation for _key, obligation in sorted(shortest.items(), key=itemgetter(0)))


def _is_sooner(one: Obligation, other: Obligation) -> bool:
    """Return whether an obligation has the shorter deadline; `record_only` has none."""
    if one.within_s is None or other.within_s is None:
        return False
    return one.within_s < other.within_s


def least_disclosure(determining: Sequence[Rule]) -> Disclosure:
    """Return the least that any determining rule discloses; nothing where no rule holds."""
    return min(
        (rule.disclosure for rule in determining),
        key=DISCLOSURE_RANK.__getitem__,
        default=Disclosure.NONE,
    )


def disposition_of(findings: Iterable[Finding], *, is_waived: bool = False) -> Disposition:
    """Return what the decision counts as.

    `tolerated`: a rule that would have counted was waived (`is_waived`). `enforced`: something was found and the policy set was applied to it. `undetermined`: nothing
    was found, but evidence was missing or not evaluated. `clear`: evidence looked and found nothing.
    """
    if is_waived:
        return Disposition.TOLERATED
    evaluated = False
    inconclusive = False
    for finding in findings:
        if finding.state is FindingState.PRESENT:
            if not CATALOGUE[finding.code].inconclusive:
                return Disposition.ENFORCED
            inconclusive = True
        elif finding.state is FindingState.NOT_EVALUATED:
            inconclusive = True
        else:
            evaluated = True
    return Disposition.CLEAR if evaluated and not inconclusive else Disposition.UNDETERMINED
