"""Who a presented API key belongs to."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.pdp.keys import Caller, KeyRing, ScopeTooSmallError, UnauthenticatedError
from compliance.tenants.keys import digest_of_key, new_api_key
from compliance.tenants.models import Psp

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
KEY = new_api_key(live=True)
CALLER = Caller(Psp(ref="psp_1"), frozenset({"decide"}), NOW + timedelta(seconds=1))
RING = KeyRing({digest_of_key(KEY): CALLER})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_usable_key_leads_to_its_caller(scheme: str) -> None:
    assert RING.caller_of(f"{scheme} {KEY}", scope="decide", now=NOW) is CALLER


@given(st.text(max_size=300))
def test_any_other_header_leads_nowhere(authorization: str) -> None:
    header = authorization.encode("utf-8", "replace").decode("latin-1")

    with pytest.raises(UnauthenticatedError):
        RING.caller_of(header, scope="decide", now=NOW)


def test_expiry_is_looked_at_with_each_request() -> None:
    with pytest.raises(UnauthenticatedError):
        RING.caller_of(f"Bearer {KEY}", scope="decide", now=NOW + timedelta(seconds=1))


def test_a_missing_scope_is_named_to_a_known_caller_only() -> None:
    with pytest.raises(ScopeTooSmallError, match="`reports`"):
        RING.caller_of(f"Bearer {KEY}", scope="reports", now=NOW)
    with pytest.raises(UnauthenticatedError):
        RING.caller_of("Bearer nf_live_x", scope="reports", now=NOW)
