"""Where requests enter: decisions go to the decision point, everything else to Django."""
# SPDX-License-Identifier: Apache-2.0

import gc
import os
from typing import Final

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance.settings.development")
django_application = get_asgi_application()

# Django must be set up before anything that has models; the Celery application must be there
# before a page asks for a task, or the message would go to a default broker.
import compliance.celery  # noqa: E402, F401
from compliance.core.middleware import request_id_from  # noqa: E402
from compliance.pdp.app import PATH, DecisionPoint  # noqa: E402
from compliance.pdp.asgi_types import Receive, Scope, Send  # noqa: E402
from compliance.pdp.bodies import answer_bounded  # noqa: E402
from compliance.pdp.health import liveness, readiness  # noqa: E402
from compliance.pdp.http import send_answer  # noqa: E402

UPLOAD_PATH: Final = "/verify"
UPLOAD_LIMIT: Final = 64 * 1024 * 1024 + 64 * 1024
"""Longest body of an upload: the files that the page takes, and what their form adds."""


class Application:
    """The whole service as one ASGI application."""

    def __init__(self) -> None:
        self.point = DecisionPoint()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http":
            raise ValueError(f"no such protocol here: {scope['type']}")
        elif scope["path"] == PATH and scope["method"] == "POST":
            await self.point(scope, receive, send)
        elif scope["path"] in {"/healthz", "/readyz"} and scope["method"] == "GET":
            await self._health(scope, send)
        else:
            await self._django(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start with the server and stop with it, in order."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.point.start()
                _calm_garbage_collection()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.point.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _health(self, scope: Scope, send: Send) -> None:
        """Answer whoever watches the process."""
        answer = liveness() if scope["path"] == "/healthz" else readiness(self.point)
        await send_answer(send, answer, _request_id(scope))

    async def _django(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have Django answer, if the body is not longer than any that a page or the API takes."""
        is_upload = scope["path"] == UPLOAD_PATH
        await answer_bounded(
            django_application,
            scope,
            receive,
            send,
            limit=UPLOAD_LIMIT if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            request_id=_request_id(scope),
            is_page=is_upload,
        )


def _request_id(scope: Scope) -> str:
    """Return the caller's id of the request if it is sane, else a new one."""
    return request_id_from(dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1"))


def _calm_garbage_collection() -> None:
    """Leave what lives as long as the process out of every collection, and collect less often.

    A decision makes a few hundred small objects and no cycles; collecting cost a seventh of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


application = Application()
