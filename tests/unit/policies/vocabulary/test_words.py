"""The words of the domain have the order and the meaning that the design gives them."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from policies.vocabulary.actions import ACTIONS
from policies.vocabulary.attributes import version_key
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import CATALOGUE, FAMILIES, Assurance, Severity, codes_of


def test_effects_grow_stronger_from_permit_to_deny() -> None:
    assert sorted(Effect, key=lambda effect: effect.strength) == [
        Effect.PERMIT,
        Effect.STEP_UP,
        Effect.HOLD,
        Effect.DENY,
    ]


def test_assurance_is_best_at_a_and_statuses_worst_at_compromised() -> None:
    assert [level.rank for level in Assurance] == [0, 1, 2, 3]
    assert [status.rank for status in ElementStatus] == [0, 1, 2]
    assert [level.rank for level in Disclosure] == [0, 1, 2, 3, 4]
    assert Disclosure.NONE.rank == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("7.3.1", (7, 3, 1)),
        ("7.3.0", (7, 3)),
        ("0.0", (0,)),
        ("7.10", (7, 10)),
        ("007", (7,)),
        ("7.3.1-beta", None),
        ("v7", None),
        ("7.", None),
        ("", None),
        ("7.3 ", None),
        ("7\n", None),
        ("٧", None),
        ("1" * 10, None),
        (".".join("123456789"), None),
    ],
)
def test_a_version_is_its_numbers_or_unknown(text: str, key: tuple[int, ...] | None) -> None:
    assert version_key(text) == key


def test_versions_compare_by_number_not_by_letter() -> None:
    keys = [version_key(text) for text in ("7.9", "7.10", "7.10.1", "8")]

    assert keys == sorted(keys, key=lambda key: key or ())


def test_the_catalogue_is_complete_and_in_order() -> None:
    assert len(CATALOGUE) == 53
    assert list(CATALOGUE) == sorted(CATALOGUE)
    assert all(code == type_.code for code, type_ in CATALOGUE.items())
    elements = {*Element, "authentication_code"}
    assert all({*type_.elements_in_doubt} <= elements for type_ in CATALOGUE.values())


def test_an_alteration_is_what_article_9_3_c_is_about() -> None:
    assert CATALOGUE["device.rooted"].is_alteration
    assert Duty.CONSEQUENCES in CATALOGUE["device.rooted"].duties
    assert not CATALOGUE["device.os_custom"].is_alteration
    assert CATALOGUE["device.rooted"].severity is Severity.HIGH


def test_a_family_names_its_codes_and_a_code_itself() -> None:
    assert codes_of("provider.*") == ("provider.unavailable",)
    assert codes_of("device.rooted") == ("device.rooted",)
    assert codes_of("device.root") == codes_of("devices.*") == codes_of("*") == ()
    assert sorted(code for codes in FAMILIES.values() for code in codes) == list(CATALOGUE)


def test_every_action_of_the_design_is_there() -> None:
    assert set(ACTIONS) == {
        "record_only", "request_fresh_evidence", "inform_user", "step_up", "limit", "review",
        "end_session", "suspend_element", "revoke_element", "require_reenrolment",
        "block_device", "block_app_version", "notify_user_out_of_band", "notify_fraud_desk",
        "withdraw_tra_exemption", "emit_event",
    }  # fmt: skip
