"""PSPs, people and keys are made with sane details only."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.core.errors import NotFoundError
from compliance.core.revisions import current_revision
from compliance.tenants.errors import InvalidPspError, UnknownScopeError
from compliance.tenants.models import ApiKey, Psp, Role
from compliance.tenants.selectors import api_key_for, memberships_of, person_of
from compliance.tenants.services import (
    create_api_key,
    create_person,
    create_psp,
    revoke_api_key,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def make_psp(name: str = "Example PSP") -> Psp:
    return create_psp(name=name, country="DE", now=NOW)


def test_a_psp_gets_a_reference_of_its_own() -> None:
    assert make_psp().ref.startswith("psp_")
    assert make_psp().ref != make_psp().ref


@pytest.mark.parametrize(
    ("details", "named"),
    [
        ({"name": " ", "country": "DE"}, "name"),
        ({"name": "A", "country": "Germany"}, "country"),
        ({"name": "A", "country": "DE", "lei": "5299000J2N45DDNE4Y27"}, "LEI"),
        ({"name": "A", "country": "DE", "lei": "short"}, "LEI"),
    ],
)
def test_details_that_make_no_sense_are_refused_by_name(
    details: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidPspError, match=named):
        create_psp(now=NOW, **details)


def test_a_valid_lei_is_kept() -> None:
    psp = create_psp(name="A", country="DE", lei="5299000J2N45DDNE4Y28", now=NOW)

    assert psp.lei == "5299000J2N45DDNE4Y28"


def test_a_person_has_one_role_at_each_psp() -> None:
    first, second = make_psp("One"), make_psp("Two")
    person = create_person(
        psp=first, email="Ada@psp.example", name="Ada", role=Role.OFFICER, password="x" * 12
    )
    create_person(
        psp=second, email="ada@PSP.example", name="Ada", role=Role.APPROVER, password=None
    )
    create_person(psp=first, email="ada@psp.example", name="Ada", role=Role.ENGINEER, password=None)

    roles = [(membership.psp, membership.role) for membership in memberships_of(person)]
    assert roles == [(first, Role.ENGINEER), (second, Role.APPROVER)]
    assert person.check_password("x" * 12)


def test_a_person_is_found_at_their_own_psps_however_the_address_is_written() -> None:
    psp, other = make_psp("One"), make_psp("Two")
    details: dict[str, Any] = {"email": "Ada@PSP.example", "name": "Ada", "password": None}
    ada = create_person(psp=psp, role=Role.OFFICER, **details)

    assert person_of(psp, "aDA@psp.Example") == ada
    with pytest.raises(NotFoundError, match=r"no person `Ada@psp\.example`"):
        person_of(other, "Ada@psp.example")
    create_person(psp=other, role=Role.OFFICER, **details)
    assert person_of(other, "ada@psp.example") == ada


def test_a_key_opens_only_by_its_own_text_which_is_not_stored() -> None:
    row, key = create_api_key(psp=make_psp(), name="core", scopes=["decide"], now=NOW)

    assert key.startswith("nf_live_")
    assert api_key_for(key, now=NOW) == row
    assert api_key_for(key + "x", now=NOW) is None
    assert key.encode() not in bytes(ApiKey.objects.get().key_digest)


def test_an_expired_or_revoked_key_opens_nothing() -> None:
    psp = make_psp()
    _, short = create_api_key(
        psp=psp, name="a", scopes=[], now=NOW, expires_at=NOW + timedelta(days=1)
    )
    row, other = create_api_key(psp=psp, name="b", scopes=[], now=NOW, live=False)
    before = current_revision()

    assert other.startswith("nf_test_")
    assert revoke_api_key(psp=psp, ref=row.ref, now=NOW) == 1
    assert api_key_for(other, now=NOW) is None
    assert api_key_for(short, now=NOW) is not None
    assert api_key_for(short, now=NOW + timedelta(days=1)) is None
    assert current_revision() == before + 1


def test_a_key_of_another_psp_cannot_be_revoked() -> None:
    row, key = create_api_key(psp=make_psp(), name="core", scopes=[], now=NOW)

    assert revoke_api_key(psp=make_psp("Other"), ref=row.ref, now=NOW) == 0
    assert api_key_for(key, now=NOW) == row


def test_an_unknown_scope_is_refused_by_name() -> None:
    with pytest.raises(UnknownScopeError, match="unknown scope `everything`"):
        create_api_key(psp=make_psp(), name="core", scopes=["everything"], now=NOW)
