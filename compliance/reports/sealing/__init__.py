"""Seals a document: PAdES with time stamp and validation data, in one revision."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime


def require_seal(*, now: datetime) -> None:
    """Do nothing if this deployment can seal; asked before a document is set, which takes long.

    Raises:
        SealUnavailableError: if a key or a certificate is missing, unreadable or out of date.
    """
    from compliance.reports.sealing.material import (  # noqa: PLC0415 - as below
        seal_material,
        stamp_roots,
    )

    seal_material(now=now)
    stamp_roots(now=now)


def seal(pdf: bytes, *, now: datetime) -> bytes:
    """Return `pdf` with an invisible certification seal of this deployment's key.

    Raises:
        SealUnavailableError: if a key, a certificate or the time-stamping authority fails.
    """
    # A process that seals nothing does without the signing library.
    from compliance.reports.sealing.sealer import seal_pdf  # noqa: PLC0415

    return seal_pdf(pdf, now=now)
