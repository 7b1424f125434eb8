"""What every property works with: a policy set in a world, the solver, and the reference engine."""
# SPDX-License-Identifier: Apache-2.0

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from policies.analysis.attributes import is_allowed
from policies.analysis.concretizer import NOW, Example, facts_of, plainest, request_of
from policies.analysis.guessing import least_asked_for
from policies.analysis.outcome import Outcome
from policies.analysis.reading import Reading
from policies.analysis.results import PropertyResult, Status
from policies.analysis.solver import Answer, Solver
from policies.analysis.terms import Term
from policies.analysis.world import World
from policies.compiler import Program, compile_policy_set
from policies.design import Design, Designs, Hits, design_for, element_hits
from policies.engine import decide, reference
from policies.model import Decision, Facts, PolicySet, Value

_RECENT: Final = 4
_FEW: Final = 3
OUT_OF_TIME = "This could not be decided in the time allowed, so it does not count as proved."
NOT_CONFIRMED = (
    "The proof found a case that the engine does not confirm, so nothing is claimed either way."
)


def _design_of(designs: Designs | None, facts: Facts) -> Design | None:
    """Return the design that a request's method has at its app version."""
    method, version = facts.attributes.get("method"), facts.attributes.get("app_version")
    known = version if isinstance(version, tuple) else None
    return design_for(designs, str(method or ""), known)


def hits_for(designs: Designs | None, facts: Facts) -> Hits:
    """Return which elements each finding hits under the design of the request's method."""
    return element_hits(designs, _design_of(designs, facts))


def is_request(facts: Facts, designs: Designs | None, policy_sets: Iterable[PolicySet]) -> bool:
    """Return whether some policy set takes this: attributes as declared, elements of the design."""
    design = _design_of(designs, facts)
    if design is not None and not set(facts.elements) <= design.elements.keys():
        return False
    return any(
        all(
            is_allowed(facts.attributes.get(name), declaration)
            for name, declaration in policy_set.attributes.items()
        )
        for policy_set in policy_sets
    )


def values_in(world: World, policy_set: PolicySet) -> dict[str, list[Value]]:
    """Return a value of each class of each attribute, first those that rules ask for least."""
    values = {name: attribute.values(NOW) for name, attribute in world.attributes.items()}
    return least_asked_for(policy_set, values)


def few_values_in(world: World, policy_set: PolicySet) -> dict[str, list[Value]]:
    """Return values worth trying where an example shall be plain."""
    every = values_in(world, policy_set)
    return {name: options[:_FEW] for name, options in every.items()}


class Engines:
    """Both engines on one policy set: the fast one for many tries, the reference to confirm."""

    def __init__(self, policy_set: PolicySet, designs: Designs | None) -> None:
        self._policy_set = policy_set
        self._designs = designs
        self._program: Program | None = None
        self._recent: deque[tuple[Facts, Decision]] = deque(maxlen=_RECENT)

    def decide(self, facts: Facts) -> Decision:
        """Decide by the fast engine; the same facts are often asked about again at once."""
        for known, decision in self._recent:
            if known is facts:
                return decision
        if self._program is None:
            self._program = compile_policy_set(self._policy_set)
        decision = decide(self._program, hits_for(self._designs, facts), facts)
        self._recent.append((facts, decision))
        return decision

    def agree_on(self, example: Example) -> bool:
        """Return whether the reference engine decides each request of an example just so."""
        return all(
            reference.decide(self._policy_set, hits_for(self._designs, facts), facts)
            == self.decide(facts)
            for facts in example
        )


class Context:
    """One policy set to prove properties of."""

    def __init__(self, policy_set: PolicySet, designs: Designs | None) -> None:
        self.policy_set = policy_set
        self.designs = designs
        self.solver = Solver()
        self.world = World([policy_set], designs, self.solver)
        self.reading = Reading(self.world)
        self.outcome = Outcome(policy_set, self.reading)
        engines = Engines(policy_set, designs)
        self.decide = engines.decide
        self.is_confirmed = engines.agree_on

    def renewed(self) -> "Context":
        """Return the same with a new solver, which is quicker than one full of other proofs."""
        context = Context(self.policy_set, self.designs)
        context.solver.finish_with(self.solver)
        return context

    def is_request(self, facts: Facts) -> bool:
        """Return whether a back-end can say this: attributes as declared, elements of the design."""
        return is_request(facts, self.designs, [self.policy_set])

    def refuted_by(
        self,
        id_: str,
        shows: Callable[[Example], bool],
        tell: Callable[[Example], str],
        *,
        readings: Iterable[Reading] = (),
        about: Iterable[str] = (),
        variants: Callable[[Example], Iterable[Example]] = lambda _example: (),
        rules: tuple[str, ...] = (),
    ) -> PropertyResult:
        """Return a violation with the solver's last example, confirmed by the reference engine.

        `shows` says, on facts alone, whether an example violates the property; `variants` of the
        example are preferred where they do. One that is not confirmed makes the result unknown.
        """
        example = tuple(facts_of(reading) for reading in (readings or [self.reading]))
        plain = plainest(
            next(filter(shows, variants(example)), example),
            lambda each: all(map(self.is_request, each)) and shows(each),
            noise=self._noise,
            values=few_values_in(self.world, self.policy_set),
            about=about,
        )
        if not (shows(plain) and self.is_confirmed(plain)):
            return PropertyResult(id=id_, status=Status.UNKNOWN, sentence=NOT_CONFIRMED)
        return PropertyResult(
            id=id_,
            status=Status.VIOLATED,
            sentence=tell(plain),
            counterexample=plain,
            request=request_of(plain[0]),
            rules=rules,
        )

    def _noise(self, example: Example) -> int:
        """Return how many rules count."""
        return sum(len(self.decide(facts).matched_rules) for facts in example)

    def check(self, *terms: Term) -> Answer:
        """Return whether the terms can be true together."""
        return self.solver.check(*terms)


def proved(id_: str, sentence: str, rules: tuple[str, ...] = ()) -> PropertyResult:
    """Return that a property holds."""
    return PropertyResult(id=id_, status=Status.PROVED, sentence=sentence, rules=rules)


def unknown(id_: str, sentence: str = OUT_OF_TIME) -> PropertyResult:
    """Return that a property could not be decided."""
    return PropertyResult(id=id_, status=Status.UNKNOWN, sentence=sentence)
