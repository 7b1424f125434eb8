"""A report says what is proved of the policy sets in force, as its checkpoint has it."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string

from compliance.assessments.figures import figures_for
from compliance.assessments.scope import Scope
from compliance.ledger.selectors import tree_size_of
from compliance.ledger.sequencer import sequence_log
from compliance.policysets.analyses import request_analysis
from compliance.policysets.models import Analysis, AnalysisState, PolicySetVersion
from compliance.policysets.proving import produce_analysis
from compliance.policysets.services import activate_version, create_version
from compliance.reports.analyses import AnalysisView, analysis_views
from compliance.reports.measures import policy_views
from compliance.tenants.models import Psp, Role
from tests.support.documents import designs, policy, rule
from tests.support.factories import (
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.waived import put_property_waiver_in_force

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
BEFORE = START - timedelta(days=9)
DAY = timedelta(days=1)
CASES: list[dict[str, Any]] = [
    {
        "name": name,
        "given": {"findings": [{"code": "device.rooted", "assurance": "B"}]},
        "expect": {"effect": effect},
    }
    for name, effect in (("denied", "deny"), ("let through", "permit"))
]
SOURCE = policy(rule(), rule(id="idle", when={"finding": "app.hooking"}), tests=CASES)


@pytest.fixture
def psp() -> Psp:
    return make_psp(now=BEFORE)


def prove(version: PolicySetVersion, *, now: datetime) -> Analysis:
    analysis = request_analysis(version=version, now=now)
    produce_analysis(analysis_id=analysis.pk, clock=lambda: now)
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.READY
    return analysis


def pinned(psp: Psp) -> Scope:
    sequence_log(psp=psp, now=END)
    return Scope(psp=psp, start=START, end=END, tree_size=tree_size_of(psp))


def views(scope: Scope) -> tuple[AnalysisView, ...]:
    policies = policy_views(scope, as_of=END)
    return analysis_views(scope, [view.version for view in policies], as_of=END)


def html_of(scope: Scope) -> str:
    context = {
        "policies": policy_views(scope, as_of=END),
        "analyses": views(scope),
        "figures": figures_for(scope.psp, start=START, end=END, now=END),
    }
    return render_to_string("reports/_policy.html", context)


def put_unmarked(psp: Psp, *, now: datetime = BEFORE) -> PolicySetVersion:
    """Put a version in force that was analysed under no design, and is not good."""
    version = put_policy_in_force(psp, SOURCE, now=now)
    put_design_in_force(psp, now=now)
    return version


def test_properties_and_test_cases_are_told_as_found(psp: Psp) -> None:
    version = put_unmarked(psp)
    analysis = prove(version, now=START)
    stored = analysis.results["properties"]

    (view,) = views(pinned(psp))

    assert [each["id"] for each in view.properties] == [f"P{n}" for n in range(1, 11)]
    assert view.design_digest == analysis.design_digest
    assert (view.cases, view.cases_passed, view.untouched_rules) == (2, 1, 1)
    html = " ".join(html_of(pinned(psp)).split())
    assert "Analysed 2026-10-01 00:00:00 UTC under the authentication design" in html
    assert "1 of 2 passed; 1 of its rules is touched by none" in html
    assert html.count('<th scope="row">') >= len(stored)
    for each in stored:
        assert each["title"] in html
    violated = sum(each["status"] == "violated" for each in stored)
    assert violated
    assert html.count("▲ violated") == violated
    assert html.count("<br> blocking") == len(analysis.blocking)


@pytest.mark.parametrize("is_sequenced", [True, False])
def test_an_analysis_that_the_checkpoint_does_not_cover_is_not_known(
    psp: Psp, *, is_sequenced: bool
) -> None:
    version = put_unmarked(psp)
    first = prove(version, now=START)
    scope = pinned(psp)
    before = html_of(scope)
    put_design_in_force(psp, designs(), now=START + DAY)
    prove(version, now=START + 2 * DAY)
    if is_sequenced:
        sequence_log(psp=psp, now=END)

    (view,) = views(scope)

    assert view.analysis == first
    assert html_of(scope) == before


def test_the_newest_that_is_ready_counts(psp: Psp) -> None:
    version = put_unmarked(psp)
    prove(version, now=START)
    put_design_in_force(psp, designs(), now=START + DAY)
    newest = prove(version, now=START + DAY)
    put_design_in_force(psp, now=START + 2 * DAY)
    request_analysis(version=version, now=START + 3 * DAY)

    (view,) = views(pinned(psp))

    assert view.analysis == newest


def test_a_version_without_an_analysis_is_said_to_be_not_analysed(psp: Psp) -> None:
    # As one that was in force before there were analyses.
    version = create_version(psp=psp, source=SOURCE, author=make_person(psp), now=BEFORE)
    request_analysis(version=version, now=BEFORE)

    (view,) = analysis_views(pinned(psp), [version], as_of=END)

    html = render_to_string("reports/_analysis.html", {"view": view})
    assert view.analysis is None
    assert "Not analysed: no analysis of this version was ready by the checkpoint." in html


def test_a_version_that_came_back_is_told_once(psp: Psp) -> None:
    first = put_policy_in_force(psp, SOURCE, now=BEFORE)
    put_policy_in_force(psp, now=START + DAY)
    again = START + 2 * DAY
    officer = make_person(psp, Role.OFFICER)
    activate_version(psp=psp, ref=first.ref, person=officer, active_from=again, now=again)

    assert [view.version.number for view in views(pinned(psp))] == [1, 2]


def test_a_blocking_property_that_is_waived_says_so(psp: Psp) -> None:
    version = put_unmarked(psp)
    blocking = prove(version, now=START).blocking
    waiver = put_property_waiver_in_force(version, now=START, property_id=blocking[0])
    (plain,) = views(pinned(psp))

    (view,) = analysis_views(pinned(psp), [version], [waiver], as_of=END)

    html = render_to_string("reports/_analysis.html", {"view": view})
    assert html.count("waived, section 7") == 1
    assert "waived" not in render_to_string("reports/_analysis.html", {"view": plain})


def test_what_is_under_no_design_says_so(psp: Psp) -> None:
    version = put_policy_in_force(psp, SOURCE, now=BEFORE)
    put_design_in_force(make_psp("Another", now=BEFORE), now=BEFORE)
    assert version.analyses.count() == 1

    assert "while no authentication design was registered" in html_of(pinned(psp))


def test_what_stands_in_backticks_is_set_as_code_and_nothing_else_is_trusted(psp: Psp) -> None:
    version = put_policy_in_force(psp, SOURCE, now=BEFORE)
    (known,) = views(pinned(psp))
    found = {
        "id": "P7",
        "title": "<b>Bold</b>",
        "status": "unknown",
        "blocks_activation": True,
        "sentence": "Rule `a<b` says <i>so</i>.",
    }
    view = AnalysisView(version=version, analysis=known.analysis, properties=(found,))

    html = render_to_string("reports/_analysis.html", {"view": view})

    assert "Rule <code>a&lt;b</code> says &lt;i&gt;so&lt;/i&gt;." in html
    assert "<b>" not in html
    assert "▲ unknown" in html
