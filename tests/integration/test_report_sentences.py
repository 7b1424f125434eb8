"""What a report says in words is true of its figures, also where there are none."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string

from compliance.assessments.figures import figures_for
from compliance.assessments.model import Figures
from compliance.assessments.providers import scorecards_in
from compliance.assessments.scope import Scope
from compliance.decisions.erasing import erase_payer
from compliance.evidence.revocation_lists import load_revocation_list
from compliance.reports.attachment import Attachment
from compliance.reports.designs import design_views
from compliance.reports.erasures import erasure_view
from compliance.reports.notes import things_to_note
from compliance.reports.providers import provider_views
from compliance.reports.scorecards import scorecard_views
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.support.decided import EVIDENCE, put_breach, put_decision, put_outcome
from tests.support.erasing import PAYER, put_recorded
from tests.support.factories import make_person, make_psp, put_design_in_force
from tests.web.html import text_of

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
NOON = START + timedelta(hours=12)


@pytest.fixture
def psp() -> Psp:
    return make_psp(now=START)


def figures_of(psp: Psp) -> Figures:
    return figures_for(psp, start=START, end=END, now=END)


def notes_of(psp: Psp) -> str:
    designs = design_views(Scope(psp=psp, start=START, end=END), as_of=END)
    return " ".join(things_to_note(figures_of(psp), designs, (), Attachment(b"", "", 0, 0)))


def deviations_of(psp: Psp) -> str:
    context = {"figures": figures_of(psp), "pictures": {}}
    html = render_to_string("reports/_duty_consequences.html", context)
    return html.split("<h3>Deviations")[1]


def test_without_a_breach_nothing_is_said_to_be_mitigated(psp: Psp) -> None:
    put_decision(psp, decided_at=NOON)

    assert "there was no integrity breach" in deviations_of(psp)
    assert "mitigated.</p>" not in deviations_of(psp)


def test_with_every_breach_confirmed_there_are_no_deviations(psp: Psp) -> None:
    breach = put_breach(psp, decided_at=NOON)
    for obligation in ("ob_1", "ob_2"):
        put_outcome(breach, obligation, at=NOON + timedelta(seconds=1))

    assert "None: every breach of the period is confirmed as mitigated." in deviations_of(psp)


def test_rules_that_a_waiver_set_aside_are_to_be_noted(psp: Psp) -> None:
    put_design_in_force(psp, now=START)
    put_decision(psp, decided_at=NOON)
    assert "waiver" not in notes_of(psp)

    put_decision(psp, decided_at=NOON, disposition="tolerated", waivers=["wav_1"])

    assert "a waiver set aside a rule that would have counted" in notes_of(psp)


ONE_PHONE = load_pack("design-one-phone")
PIN_ENTRY = b"class: input, title: PIN entry, technology: keypad drawn by the app, rests_on: [app]"
SEPARATED = b"class: execution_environment, title: PIN entry, technology: separated environment"
QUESTION_1 = "Which component’s breach would compromise two elements at once?"
QUESTION_4 = "If the operating system is compromised, what still protects the other elements?"


def independence_of(psp: Psp, template: str = "_duty_independence") -> str:
    """Return what the report says of the designs in force, in words."""
    designs = design_views(Scope(psp=psp, start=START, end=END), as_of=END)
    context = {
        "figures": figures_of(psp),
        "designs": designs,
        "waivers": (),
        "property_waivers": (),
    }
    return text_of(render_to_string(f"reports/{template}.html", context))


def test_the_report_answers_which_component_would_compromise_two_elements(psp: Psp) -> None:
    put_design_in_force(psp, ONE_PHONE, now=START)

    answer = independence_of(psp).partition(QUESTION_1)[2].partition(QUESTION_4)[0]

    assert "▲ The operating system's key store possession, inherence knowledge" in answer
    assert "▲ The PSP's app knowledge, possession inherence" in answer
    assert "▲ The phone's operating system knowledge, possession, inherence nothing" in answer
    assert "Device key" not in answer


def test_a_pin_entry_of_its_own_takes_the_app_out_of_the_answer(psp: Psp) -> None:
    put_design_in_force(psp, ONE_PHONE.replace(PIN_ENTRY, SEPARATED), now=START)

    answer = independence_of(psp).partition(QUESTION_1)[2].partition(QUESTION_4)[0]

    assert "▲ The operating system's key store" in answer
    assert "The PSP's app" not in answer


def test_the_report_answers_what_still_protects_under_a_compromised_system(psp: Psp) -> None:
    put_design_in_force(psp, now=START)

    answer = independence_of(psp).partition(QUESTION_4)[2]

    assert "None: no component" in independence_of(psp).partition(QUESTION_1)[2]
    assert "knowledge kept Environment of the PIN entry, Comparison of the PIN" in answer
    assert "possession ■ lost Device key, App to server" in answer
    assert "Code from a letter, typed on another device: no element rests on" in answer


def test_without_a_design_the_report_answers_nothing(psp: Psp) -> None:
    text = independence_of(psp)

    assert QUESTION_1 not in text
    assert "No authentication design is registered" in text


def test_algorithms_that_something_speaks_against_stand_in_the_report(psp: Psp) -> None:
    put_design_in_force(psp, now=START)
    assert "the list of warnings has nothing to say" in independence_of(psp, "_designs")
    weak = ONE_PHONE.replace(b"ECDSA, parameters: P-256 with SHA-256", b"RSA, parameters: PKCS 1")
    weak = weak.replace(b"algorithm: AES-GCM", b"algorithm: 3DES").replace(b"PBKDF2", b"ACME")

    put_design_in_force(psp, weak, now=START)

    text = independence_of(psp, "_designs")
    assert "Triple DES ▲ is not allowed for encryption since 2024 (NIST SP 800-131A" in text
    assert "Device key RSA bits not stated" in text
    assert "Comparison of the PIN ACME not in the list of warnings" in text


def test_pairs_that_cost_two_elements_stand_in_the_report(psp: Psp) -> None:
    put_design_in_force(psp, now=START)

    text = independence_of(psp, "_designs")

    assert "any of Comparison of the PIN with any of Code letter by post costs knowledge," in text


def test_every_list_of_revoked_keys_of_the_period_stands_in_the_report(psp: Psp) -> None:
    moments = [NOON + timedelta(hours=hour) for hour in range(25)]
    for moment in [START - timedelta(days=1), *moments, END + timedelta(days=1)]:
        load_revocation_list(
            psp=psp, provider="android_key_attestation", content=b'{"entries": {}}', now=moment
        )

    views = provider_views(Scope(psp=psp, start=START, end=END), as_of=END)

    assert [row.loaded_at for row in views.lists] == moments


def test_a_scorecard_says_what_it_found_and_what_never_was_is_left_out(psp: Psp) -> None:
    stale = [("attestation.stale", "present", "D", "freerasp")]
    put_decision(psp, decided_at=NOON, findings=stale)
    for minutes in range(40):
        moment = NOON + timedelta(hours=1, minutes=minutes)
        put_decision(psp, decided_at=moment, evidence=() if minutes >= 15 else EVIDENCE)
    scope = Scope(psp=psp, start=START, end=END)
    views = scorecard_views(scorecards_in(scope, figures_of(psp).providers))

    text = text_of(
        render_to_string("reports/_scorecards.html", {"scorecards": views, "has_outages": True})
    )

    assert "With evidence 16 41 39.0" in text
    assert "Stale 1 16" in text
    assert "Replayed" not in text
    assert "nobody can verify it here" in text
    assert "2026-10-01 13:39:00, not seen to end 25" in text


def test_what_was_erased_is_said_beside_counts_of_devices(psp: Psp) -> None:
    put_recorded(psp, decided_at=NOON)
    put_breach(psp, decided_at=NOON, device_hash="a" * 64)
    scope = Scope(psp=psp, start=START, end=END)

    before = erasure_text(psp, scope)
    erase_payer(psp=psp, payer_ref=PAYER, by=make_person(psp), now=END)
    after = erasure_text(psp, scope)

    assert before == ""
    assert "1 of the 2 decisions of the period has been erased" in after
    assert (
        "the ledger has 1 entry about erasures: decisions erased because payers asked for it: 1;"
        in after
    )
    assert "1 decision of the period has been erased since" in notes_of(psp)


def erasure_text(psp: Psp, scope: Scope) -> str:
    context = {"figures": figures_of(psp), "erasures": erasure_view(scope, as_of=END)}
    return text_of(render_to_string("reports/_erasures.html", context)).strip()
