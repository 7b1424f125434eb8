"""What a breach costs: elements by component, by pair, and by finding."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from policies.design import (
    Designs,
    components_under,
    design_for,
    element_hits,
    element_statuses,
    elements_lost,
    elements_lost_together,
    single_points_of_compromise,
)
from policies.documents import read_designs
from policies.packs import load_pack
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.documents import COMPONENTS, METHOD, designs

K, P, INH = Element.KNOWLEDGE, Element.POSSESSION, Element.INHERENCE
DEMO = read_designs(load_pack("design-demo"))


def with_elements(**elements: list[str]) -> Designs:
    described = {name: {"rests_on": rests_on} for name, rests_on in elements.items()}
    return read_designs(designs(methods=[METHOD | {"elements": described}]))


def finding(code: str, assurance: Assurance = Assurance.A, **changes: object) -> Finding:
    facts: dict[str, object] = {"state": FindingState.PRESENT, "provider": "p"} | changes
    return Finding(code=code, assurance=assurance, **facts)  # type: ignore[arg-type]


def test_everything_below_a_component_is_under_it() -> None:
    assert components_under(read_designs(designs()), ["app"]) == {"app", "phone-os"}
    assert components_under(read_designs(designs()), ["app", "phone-os"]) == {"app", "phone-os"}
    assert components_under(read_designs(designs()), []) == frozenset()


def test_a_breach_costs_the_elements_that_rest_on_the_component() -> None:
    read = read_designs(designs())

    assert elements_lost(read, read.methods[0]) == {
        "phone-os": {K},
        "app": {K},
        "key": {P},
        "server": {K},
    }
    assert single_points_of_compromise(read, read.methods[0]) == ()


def test_a_component_under_two_elements_is_a_single_point_of_compromise() -> None:
    read = with_elements(knowledge=["app"], possession=["key", "phone-os"])

    assert single_points_of_compromise(read, read.methods[0]) == ("phone-os",)


def test_a_pair_is_shown_when_it_costs_more_than_either() -> None:
    read = read_designs(designs())

    assert elements_lost_together(read, read.methods[0]) == {
        ("phone-os", "key"): {K, P},
        ("app", "key"): {K, P},
        ("key", "server"): {K, P},
    }


@pytest.mark.parametrize(
    ("version", "title"),
    [((6, 9), "old"), ((7,), "middle"), ((7, 9), "middle"), ((8,), "new"), (None, None)],
)
def test_a_design_is_chosen_by_app_version(
    version: tuple[int, ...] | None, title: str | None
) -> None:
    read = read_designs(
        designs(
            methods=[
                METHOD | {"title": "old", "app_versions": {"below": "7"}},
                METHOD | {"title": "middle", "app_versions": {"at_least": "7", "below": "8"}},
                METHOD | {"title": "new", "app_versions": {"at_least": "8"}},
            ]
        )
    )
    chosen = design_for(read, "app-pin", version)

    assert (chosen.title if chosen else None) == title
    assert design_for(read, "another", version) is None


def test_a_design_without_bounds_is_for_every_version() -> None:
    assert design_for(DEMO, "letter-code", None) is DEMO.methods[1]
    assert design_for(None, "letter-code", (7,)) is None


def test_without_a_design_the_catalogue_says_which_elements_are_hit() -> None:
    hits = element_hits(None, None)

    assert hits["device.rooted"] == {K, P, INH}
    assert hits["attestation.stale"] == frozenset()
    assert element_hits(DEMO, None) == hits


def test_with_a_design_the_components_say_which_elements_are_hit() -> None:
    app, letter = (element_hits(DEMO, design) for design in DEMO.methods)

    assert app["device.rooted"] == {P, INH}
    assert app["app.hooking"] == {P, INH}
    assert app["env.not_separate"] == {K, INH}
    assert letter["device.rooted"] == {INH}
    assert element_hits(DEMO, DEMO.methods[0]) is app


def test_an_element_that_the_design_leaves_out_falls_back_to_the_catalogue() -> None:
    hits = element_hits(DEMO, DEMO.methods[1])

    assert hits["behaviour.anomalous"] == {INH}
    assert hits["message.intercepted"] == frozenset()


@pytest.mark.parametrize(
    ("code", "assurance", "status"),
    [
        ("app.hooking", Assurance.D, ElementStatus.COMPROMISED),
        ("device.rooted", Assurance.C, ElementStatus.COMPROMISED),
        ("device.rooted", Assurance.D, ElementStatus.IN_DOUBT),
        ("device.os_outdated", Assurance.A, ElementStatus.IN_DOUBT),
        ("app.version_not_allowed", Assurance.A, ElementStatus.RELIABLE),
        ("channel.network_untrusted", Assurance.A, ElementStatus.RELIABLE),
    ],
)
def test_a_finding_hits_by_its_severity_and_assurance(
    code: str, assurance: Assurance, status: ElementStatus
) -> None:
    statuses = element_statuses(element_hits(None, None), [finding(code, assurance)], [P])

    assert statuses == {P: status}


def test_the_worst_finding_counts_whatever_the_order() -> None:
    found = [finding("device.os_outdated"), finding("device.rooted"), finding("device.os_outdated")]

    for order in (found, found[1:], found[:2]):
        assert element_statuses(element_hits(None, None), order, [K, P]) == {
            K: ElementStatus.COMPROMISED,
            P: ElementStatus.COMPROMISED,
        }


@pytest.mark.parametrize("state", [FindingState.ABSENT, FindingState.NOT_EVALUATED])
def test_only_what_is_present_hits(state: FindingState) -> None:
    statuses = element_statuses(
        element_hits(None, None), [finding("device.rooted", state=state)], [P]
    )

    assert statuses == {P: ElementStatus.RELIABLE}


def test_components_are_shared_by_the_methods() -> None:
    assert set(read_designs(designs()).components) == {each["id"] for each in COMPONENTS}
