"""Signs the head of a log; a log never signs two checkpoints that contradict each other."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

import structlog
from django.db import transaction

from compliance.core.errors import ConflictError
from compliance.ledger.errors import LedgerInconsistentError
from compliance.ledger.keystore import load_signer, read_copy, write_copy
from compliance.ledger.locks import lock_log
from compliance.ledger.models import Log
from compliance.ledger.notes import (
    Checkpoint,
    NoteError,
    open_checkpoint,
    parse_vkey,
    sign_checkpoint,
)
from compliance.ledger.storage import root_of_log_at

_logger = structlog.get_logger(__name__)


def publish_head(*, log_id: int, now: datetime) -> None:
    """Sign the committed head of the log, unless its newest checkpoint covers it already.

    The order makes every crash harmless: the tree is committed, then the copy outside the
    database is written, then the checkpoint becomes visible. So nobody has ever seen a
    checkpoint that the copy does not know, and the copy never knows more than the tree.

    Raises:
        LedgerInconsistentError: if the database contradicts the copy, as after a restore.
        LogKeyError: if the signing key is missing or another one.
    """
    with transaction.atomic(durable=True):
        psp_id = Log.objects.values_list("psp_id", flat=True).get(pk=log_id)
        lock_log(psp_id)
        log = Log.objects.select_related("psp").get(pk=log_id)
        if log.checkpoint and log.published_size == log.size:
            return
        signer = load_signer(log.psp, origin=log.origin, vkey=log.vkey)
        require_consistent_with_copy(log)
        head = Checkpoint(origin=log.origin, size=log.size, root=bytes(log.root_hash))
        note = sign_checkpoint(head, signer)
        write_copy(log.psp, note)
        heads = Log.objects.filter(pk=log.pk, size=log.size, root_hash=log.root_hash)
        if not heads.update(checkpoint=note, published_size=log.size, published_at=now):
            raise ConflictError(f"the head of log `{log.origin}` moved while it was signed")
    _logger.info("ledger_published", psp=log.psp.ref, size=log.size)


def require_consistent_with_copy(log: Log) -> None:
    """Do nothing if the log's tree extends what was last signed.

    That is the copy outside the database; if it is missing, the database's own checkpoint is all
    there is to go by.

    Raises:
        LedgerInconsistentError: if it does not: the database is older than the checkpoint, or
            it holds another history. Somebody must find out why before anything is signed.
    """
    note = read_copy(log.psp)
    if note is None:
        if not log.checkpoint:
            return
        _logger.warning("ledger_checkpoint_copy_missing", psp=log.psp.ref)
        note = log.checkpoint
    try:
        signed = open_checkpoint(note, [parse_vkey(log.vkey)])
    except NoteError as error:
        raise LedgerInconsistentError(
            f"log `{log.origin}`: the copy of the newest checkpoint cannot be trusted: {error}"
        ) from error
    if signed.size > log.size:
        raise LedgerInconsistentError(
            f"log `{log.origin}`: the database is at size {log.size}, but size {signed.size} was"
            " signed: it was rolled back. Restore a newer state; nothing is signed until then"
        )
    same_size = signed.size == log.size
    root = bytes(log.root_hash) if same_size else root_of_log_at(log, signed.size)
    if signed.root != root:
        raise LedgerInconsistentError(
            f"log `{log.origin}`: the first {signed.size} entries are not those that were signed"
        )
