"""The one place that knows the solver: Boolean terms in, sat, unsat or unknown out."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from time import monotonic
from types import ModuleType
from typing import Any, Final, Self

from policies.analysis.terms import FALSE, TRUE, Term, is_literal, negate

# The finite-domain solver: a SAT solver that stays incremental under assumptions.
_LOGIC: Final = "QF_FD"


def _load() -> ModuleType:
    """Return the solver's package, loaded when something is proved and not before.

    Processes that only show results import this package too, and need not carry the solver.
    """
    import z3  # noqa: PLC0415 - see above

    module: ModuleType = z3
    return module


class Answer(StrEnum):
    """What the solver found; `unknown` is never read as either of the others."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class Solver:
    """Collects declarations and requirements, and checks them under assumptions.

    Not safe to share between threads; each has a context of its own.
    """

    def __init__(self) -> None:
        self._z3 = _load()
        self._context = self._z3.Context()
        self._solver = self._z3.SolverFor(_LOGIC, ctx=self._context)
        self._waiting: list[str] = []
        self._names: dict[Term, Term] = {}
        self._count = 0
        self._deadline = float("inf")
        self._model: Any = None
        self._has_model = False
        self._constants: dict[Term, Any] = {}

    def start(self, limit_s: float) -> None:
        """Begin a piece of work that has `limit_s` seconds; after that every answer is unknown."""
        self._deadline = monotonic() + limit_s

    def finish_with(self, other: Self) -> None:
        """Keep to the time that another solver has left."""
        self._deadline = other._deadline

    def variable(self) -> Term:
        """Return a new variable."""
        self._count += 1
        name = Term(f"x{self._count}")
        self._waiting.append(f"(declare-const {name} Bool)")
        return name

    def name(self, term: Term) -> Term:
        """Return a literal that is true exactly when the term is; the same for the same term."""
        if is_literal(term):
            return term
        known = self._names.get(term)
        if known is None:
            known = self.variable()
            self._waiting.append(f"(assert (= {known} {term}))")
            self._names[term] = known
        return known

    def require(self, term: Term) -> None:
        """Require the term from now on."""
        if term != TRUE:
            self._waiting.append(f"(assert {term})")

    def check(self, *assumptions: Term) -> Answer:
        """Return whether all requirements and assumptions can be true together."""
        self._model, self._has_model = None, False
        if FALSE in assumptions:
            return Answer.UNSAT
        literals = [self._literal(self.name(term)) for term in assumptions if term != TRUE]
        left_ms = int((self._deadline - monotonic()) * 1000) if self._is_limited else None
        if left_ms is not None and left_ms <= 0:
            return Answer.UNKNOWN
        self._flush()
        if left_ms is not None:
            self._solver.set("timeout", left_ms)
        result = self._solver.check(*literals)
        if result == self._z3.sat:
            self._has_model = True
            return Answer.SAT
        return Answer.UNSAT if result == self._z3.unsat else Answer.UNKNOWN

    def is_true(self, term: Term) -> bool:
        """Return whether a literal is true in the example that the last check found."""
        if term in {TRUE, FALSE}:
            return term == TRUE
        if not self._has_model:
            return False
        if self._model is None:
            # Asked for only when it is looked at: for many checks the answer alone is enough.
            self._model = self._solver.model()
        return bool(self._z3.is_true(self._model.eval(self._literal(term), model_completion=True)))

    @property
    def _is_limited(self) -> bool:
        """Whether `start` was called."""
        return self._deadline != float("inf")

    def _flush(self) -> None:
        """Hand over what was collected since the last check."""
        if self._waiting:
            self._solver.from_string("\n".join(self._waiting))
            self._waiting.clear()

    def _literal(self, term: Term) -> Any:
        """Return the solver's own object for a literal."""
        known = self._constants.get(term)
        if known is None:
            opposite = negate(term)
            if len(opposite) < len(term):
                known = self._z3.Not(self._literal(opposite), ctx=self._context)
            else:
                known = self._z3.Bool(str(term), ctx=self._context)
            self._constants[term] = known
        return known
