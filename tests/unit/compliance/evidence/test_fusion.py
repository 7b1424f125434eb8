"""Several items on one device: who counts, and what a contradiction is."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.fusion import CONFLICTING, TOLERANCE, fused
from compliance.evidence.providers.shape import Appraisal, Mode
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
CODE = "device.rooted"
P, A, N = FindingState.PRESENT, FindingState.ABSENT, FindingState.NOT_EVALUATED


def finding(
    state: FindingState,
    assurance: str = "B",
    *,
    code: str = CODE,
    observed_at: datetime | None = AT,
    component: str | None = None,
) -> Finding:
    return Finding(
        code=code,
        state=state,
        assurance=Assurance(assurance),
        provider=f"p-{assurance}",
        component=component,
        observed_at=observed_at,
    )


def item(*findings: Finding) -> Appraisal:
    return Appraisal(
        provider="p",
        mode=Mode.RAW,
        verified=True,
        findings=findings,
        digest="sha256:0",
        observed_at=AT,
        details={},
    )


def of(code: str, findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(each.state.value, each.assurance.value) for each in findings if each.code == code]


def test_one_item_says_what_it_says() -> None:
    single = item(finding(P), finding(A, code="app.cloned"))

    assert fused([single]) == single.findings
    assert fused([]) == ()


@pytest.mark.parametrize(
    ("said", "counts", "conflict"),
    [
        ((finding(P, "D"), finding(P, "A")), ("present", "A"), "absent"),
        ((finding(A, "D"), finding(A, "B")), ("absent", "B"), "absent"),
        ((finding(P, "D"), finding(A, "A")), ("absent", "A"), "present"),
        ((finding(A, "D"), finding(P, "C")), ("present", "C"), "present"),
        ((finding(A, "B"), finding(P, "B")), ("present", "B"), "present"),
        ((finding(N, "A"), finding(P, "D")), ("present", "D"), "absent"),
        ((finding(N, "A"), finding(A, "D")), ("absent", "D"), "absent"),
        ((finding(N, "A"), finding(N, "D")), ("not_evaluated", "A"), "absent"),
        (
            (finding(P, "D"), finding(A, "A", observed_at=AT - TOLERANCE)),
            ("absent", "A"),
            "present",
        ),
        (
            (finding(P, "D"), finding(A, "A", observed_at=AT - TOLERANCE - timedelta(seconds=1))),
            ("present", "D"),
            "present",
        ),
        ((finding(P, "D"), finding(A, "A", observed_at=None)), ("present", "D"), "present"),
        ((finding(P, "D", observed_at=None), finding(A, "A")), ("present", "D"), "present"),
    ],
)
def test_the_better_assurance_counts_and_a_contradiction_is_said(
    said: tuple[Finding, Finding], counts: tuple[str, str], conflict: str
) -> None:
    for order in (said, said[::-1]):
        findings = fused([item(each) for each in order])

        assert of(CODE, findings) == [counts]
        assert of(CONFLICTING, findings) == [(conflict, "A")]


def test_what_concerns_an_item_contradicts_no_other() -> None:
    code = "attestation.invalid"

    findings = fused([item(finding(P, code=code)), item(finding(A, code=code))])

    assert of(code, findings) == [("present", "B"), ("absent", "B")]
    assert of(CONFLICTING, findings) == []


def test_items_about_different_codes_or_components_cannot_contradict() -> None:
    findings = fused(
        [
            item(finding(P, component="app")),
            item(finding(A, component="os"), finding(A, code="app.cloned")),
        ]
    )

    assert len(findings) == 3
    assert of(CONFLICTING, findings) == []


findings_of_codes = st.lists(
    st.builds(
        finding,
        st.sampled_from(FindingState),
        st.sampled_from("ABCD"),
        code=st.sampled_from(sorted(CATALOGUE)[:6]),
        observed_at=st.sampled_from([None, AT, AT - timedelta(hours=1)]),
    ),
    max_size=6,
    unique_by=lambda each: each.code,
)


@given(st.lists(findings_of_codes.map(lambda found: item(*found)), min_size=2, max_size=4))
def test_nothing_present_is_lost_without_being_said(items: list[Appraisal]) -> None:
    findings = fused(items)

    present = {each.code for one in items for each in one.findings if each.state is P}
    left = {each.code for each in findings if each.state is P}
    assert present <= left or CONFLICTING in left
