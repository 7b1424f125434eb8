"""Asks for a report over REST, waits for it, and lays it down with its proof and trust anchors."""
# SPDX-License-Identifier: Apache-2.0

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from compliance.demo.client import Client, RefusedError
from compliance.demo.waiting import poll

_READY_WITHIN_S = 300.0
_PUBLISHED_WITHIN_S = 60.0


class DemoReportError(Exception):
    """The report did not come; the message says why."""


def fetch_report(client: Client, *, folder: Path, now: datetime, alive: Callable[[], None]) -> Path:
    """Return the path of the sealed PDF of this month, unpacked from its bundle under `folder`.

    Raises:
        DemoReportError: if it fails or does not come in time.
        RefusedError: if the service refuses a request.
    """
    period = {"from": f"{now:%Y-%m}-01", "to": f"{now + timedelta(days=1):%Y-%m-%d}"}
    ref = client.post("/v1/reports", {"period": period})["ref"]
    _wait_until_produced(client, ref, alive)
    return unpack(_bundle(client, ref, alive), folder)


def _wait_until_produced(client: Client, ref: str, alive: Callable[[], None]) -> None:
    """Return when the report is ready."""

    def is_ready() -> bool:
        report = client.get(f"/v1/reports/{ref}")
        if report["state"] == "failed":
            raise DemoReportError(f"report {ref} failed: {report.get('failure', '')}")
        return bool(report["state"] == "ready")

    if not poll(is_ready, alive=alive, within_s=_READY_WITHIN_S):
        raise DemoReportError(f"report {ref} was not ready within {_READY_WITHIN_S:.0f} s")


def _bundle(client: Client, ref: str, alive: Callable[[], None]) -> bytes:
    """Return the bundle, once the report's own ledger entry is published."""
    found: list[bytes] = []

    def is_published() -> bool:
        try:
            found.append(client.download(f"/v1/reports/{ref}/bundle"))
        except RefusedError as error:
            if error.status != 409:
                raise
            return False
        return True

    if not poll(is_published, alive=alive, within_s=_PUBLISHED_WITHIN_S):
        raise DemoReportError(f"the ledger entry of report {ref} was not published in time")
    return found[0]


def unpack(bundle: bytes, folder: Path) -> Path:
    """Write the bundle's files and return the path of the PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        archive.extractall(folder)
        # Not whatever lies in the folder: an earlier report may.
        return folder / next(name for name in archive.namelist() if name.endswith(".pdf"))
