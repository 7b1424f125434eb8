"""Back-ends that call the REST interface."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.tenants.models import Psp
from tests.api.caller import Caller
from tests.support.factories import make_api_key, make_psp


@pytest.fixture
def psp(db: None) -> Psp:  # noqa: ARG001 - opens the database
    return make_psp()


@pytest.fixture
def api(psp: Psp) -> Caller:
    """The PSP's back-end with every scope."""
    return Caller(make_api_key(psp))


@pytest.fixture
def other_api(psp: Psp) -> Caller:  # noqa: ARG001 - there is another one
    """Another PSP's back-end."""
    return Caller(make_api_key(make_psp("Another PSP")))


@pytest.fixture
def signed_out(db: None) -> Caller:  # noqa: ARG001 - opens the database
    return Caller(None)
