"""A growing tree's right edge: all that is needed to append and to know the root."""
# SPDX-License-Identifier: Apache-2.0

from compliance.ledger.merkle.hashing import EMPTY_ROOT, node_hash


class CompactRange:
    """The roots of the complete subtrees that tile [0, size), from left to right.

    At most one for each level, as in a binary counter: appending carries like adding one.
    """

    __slots__ = ("_peaks",)

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def append(self, node: bytes, *, level: int = 0) -> None:
        """Append the root of the next complete subtree of 2^`level` leaves.

        INVARIANT: levels never rise from left to right, so the subtree is aligned.
        """
        while self._peaks and self._peaks[-1][0] == level:
            node = node_hash(self._peaks.pop()[1], node)
            level += 1
        self._peaks.append((level, node))

    def root(self) -> bytes:
        """Return the root hash over all leaves (RFC 6962, 2.1)."""
        if not self._peaks:
            return EMPTY_ROOT
        *rest, (_, root) = self._peaks
        for _, peak in reversed(rest):
            root = node_hash(peak, root)
        return root
