"""Evidence of one transaction, held against the transaction of the request that it comes with. Pure."""
# SPDX-License-Identifier: Apache-2.0

import hmac
from collections.abc import Sequence
from typing import Final

from compliance.evidence.discrediting import discredited
from compliance.evidence.providers.shape import Appraisal, Evidence

BINDING: Final = "attestation.binding_mismatch"
EXPECTED: Final = "transaction"
"""What a back-end calls the transaction that evidence must be of."""


def with_transactions(
    appraisals: Sequence[Appraisal], items: Sequence[Evidence], *, transaction_ref: str
) -> tuple[Appraisal, ...]:
    """Return the appraisals of `items`, each discredited that is expected to be of another transaction.

    A provider verifies that evidence is of the transaction that is expected; that this is the one which
    is decided on, nobody else does: a back-end that takes both from the app would let a statement of an
    earlier transaction count for this one. What expects no transaction is not looked at: it clears
    nothing that hangs on one. A request always names its transaction.
    """
    return tuple(
        appraisal
        if _is_of(item, transaction_ref)
        else discredited(appraisal, (BINDING,), reason="another_transaction")
        for appraisal, item in zip(appraisals, items, strict=True)
    )


def _is_of(item: Evidence, transaction_ref: str) -> bool:
    """Return whether an item is expected to be of this transaction, or of none."""
    expected = item.expected.get(EXPECTED, transaction_ref)
    return hmac.compare_digest(expected.encode("utf-8", "surrogatepass"), transaction_ref.encode())
