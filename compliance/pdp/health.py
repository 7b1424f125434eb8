"""Liveness and readiness, with reasons and without secrets."""
# SPDX-License-Identifier: Apache-2.0

from http import HTTPStatus

from compliance.pdp.app import DecisionPoint
from compliance.pdp.http import Answer, json_answer


def liveness() -> Answer:
    """Return that the process answers; nothing else is asked, so that it is never restarted for others' faults."""
    return json_answer(int(HTTPStatus.OK), {"status": "ok"})


def readiness(point: DecisionPoint) -> Answer:
    """Return whether decisions can be made and stored now, and if not, why.

    The database's own words are for the log: they may name hosts.
    """
    checks = {
        "caches": point.caches.trouble or "ok",
        "writer": "cannot store decisions" if point.writer.trouble else "ok",
    }
    is_ready = all(state == "ok" for state in checks.values())
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return json_answer(
        int(status), {"status": "ok" if is_ready else "unavailable", "checks": checks}
    )
