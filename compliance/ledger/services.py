"""Makes the log of a PSP."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.conf import settings

from compliance.ledger.keystore import make_signer
from compliance.ledger.merkle import EMPTY_ROOT
from compliance.ledger.models import Log
from compliance.ledger.notes import format_vkey
from compliance.tenants.models import Psp


def create_log(*, psp: Psp, now: datetime) -> Log:
    """Return the log of `psp`; it and its key are made the first time.

    The key is durable before the row, so that a log without a key cannot come about; two
    processes that make it at once end up with the same key.

    Raises:
        LogKeyError: if the key store holds a key for this log that cannot be used.
    """
    log = Log.objects.filter(psp=psp).first()
    if log is not None:
        return log
    origin = f"{settings.LOG_ORIGIN_PREFIX}/{psp.ref}"
    signer = make_signer(psp, origin=origin)
    head = {
        "origin": origin,
        "vkey": format_vkey(signer.verifier),
        "created_at": now,
        "root_hash": EMPTY_ROOT,
    }
    return Log.objects.get_or_create(psp=psp, defaults=head)[0]
