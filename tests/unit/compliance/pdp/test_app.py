"""A request is answered in time, whatever it waits for."""
# SPDX-License-Identifier: Apache-2.0

import asyncio

import pytest

from compliance.decisions.errors import UnavailableError
from compliance.pdp.app import DecisionPoint
from compliance.pdp.keys import Caller
from compliance.tenants.models import Psp


def test_a_reading_that_never_ends_is_not_waited_for() -> None:
    async def main() -> None:
        point = DecisionPoint(context_limit_s=0.05)
        point.caches._loop = asyncio.get_running_loop()  # the thread that reads does not run
        caller = Caller(psp=Psp(pk=1), scopes=frozenset(), expires_at=None)

        with pytest.raises(UnavailableError, match="in time"):
            await asyncio.wait_for(point._context_of(caller), 5)

    asyncio.run(main())
