"""Terms are simplified as they are built, and the solver says what it found."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from policies.analysis.choices import Choice
from policies.analysis.solver import Answer, Solver
from policies.analysis.terms import FALSE, TRUE, Term, either, every, negate

A, B = Term("a"), Term("b")


def test_terms_are_simplified() -> None:
    assert every([]) == TRUE
    assert either([]) == FALSE
    assert every([A, TRUE, A]) == A
    assert every([A, FALSE]) == FALSE
    assert either([A, TRUE]) == TRUE
    assert either([A, FALSE, B]) == "(or a b)"
    assert negate(TRUE) == FALSE
    assert negate(FALSE) == TRUE
    assert negate(negate(A)) == A
    assert negate(negate(every([A, B]))) == "(and a b)"


def test_the_solver_says_sat_with_an_example_or_unsat() -> None:
    solver = Solver()
    one, other = solver.variable(), solver.variable()
    solver.require(either([one, other]))

    assert solver.check(negate(one)) is Answer.SAT
    assert solver.is_true(other)
    assert not solver.is_true(one)
    assert solver.is_true(negate(one))
    assert solver.check(negate(one), negate(other)) is Answer.UNSAT
    assert not solver.is_true(other)
    assert solver.check(FALSE) is Answer.UNSAT
    assert solver.check(TRUE) is Answer.SAT
    assert solver.is_true(TRUE)
    assert not solver.is_true(FALSE)


def test_a_term_has_one_name() -> None:
    solver = Solver()
    one, other = solver.variable(), solver.variable()

    assert solver.name(every([one, other])) == solver.name(every([one, other]))
    assert solver.name(negate(one)) == negate(one)


def test_after_the_time_allowed_every_answer_is_unknown() -> None:
    solver = Solver()
    solver.start(0)

    assert solver.check(solver.variable()) is Answer.UNKNOWN


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_choice_is_exactly_one_of_its_options(count: int) -> None:
    solver = Solver()
    choice = Choice(range(count), solver)

    for place in range(count):
        assert solver.check(choice.among([place])) is Answer.SAT
        assert choice.chosen(solver) == place
        others = [each for each in range(count) if each != place]
        assert solver.check(choice.among([place]), choice.among(others)) is Answer.UNSAT
    assert solver.check(negate(choice.among(range(count)))) is Answer.UNSAT
    assert choice.among([]) == FALSE
