"""Waits, within bounds, and notices when the group has died meanwhile."""
# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from compliance.demo.supervisor import GroupError

_STARTS_WITHIN_S = 60.0


def poll(
    ask: Callable[[], bool], *, alive: Callable[[], None], within_s: float, every_s: float = 0.2
) -> bool:
    """Return whether `ask` said yes within `within_s`; `alive` raises when there is no hope."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        alive()
        if ask():
            return True
        time.sleep(every_s)
    return False


def wait_until_ready(port: int, alive: Callable[[], None]) -> None:
    """Return when the service on `port` says that it is ready.

    Raises:
        GroupError: if it does not within a minute, or a process of the group ends.
    """
    if not poll(lambda: _is_ready(port), alive=alive, within_s=_STARTS_WITHIN_S):
        raise GroupError(
            f"the service on port {port} was not ready within {_STARTS_WITHIN_S:.0f} s"
        )


def _is_ready(port: int) -> bool:
    """Return whether `/readyz` answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
