"""A log with three levels of tiles: every proof verifies and reads little."""
# SPDX-License-Identifier: Apache-2.0

import random

import pytest
from pytest_django import DjangoAssertNumQueries

from compliance.ledger import sequencer
from compliance.ledger.fsck import fsck
from compliance.ledger.merkle import leaf_hash, root_of, verify_consistency
from compliance.ledger.models import HashTile
from compliance.ledger.selectors import consistency_between, tile_of, tlog_proof_of, vkey_of
from compliance.ledger.tlog_proof import verify_tlog_proof
from tests.integration.ledger_logs import entry, grow
from tests.support.factories import make_psp

SIZE = 66_000
MOST_QUERIES = 12
"""Three to find the entry, then two for each tile that the path crosses."""


@pytest.mark.django_db
def test_a_large_log_is_proved_from_a_few_rows(
    django_assert_max_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "_PAUSE_S", {"sqlite": 0.0, "postgresql": 0.0})
    psp = make_psp()
    grow(psp, SIZE)
    leaves = [leaf_hash(entry(number)) for number in range(SIZE)]
    vkey = vkey_of(psp)
    chosen = random.Random(7)  # noqa: S311 - a sample, not a secret

    assert HashTile.objects.filter(psp=psp, level=1).count() == 1
    assert tile_of(psp, 2, 0, 1) == root_of(leaves[:65_536])
    for index in (0, 65_535, 65_536, SIZE - 1, *(chosen.randrange(SIZE) for _ in range(20))):
        with django_assert_max_num_queries(MOST_QUERIES):
            proof = tlog_proof_of(psp, leaves[index])
        assert verify_tlog_proof(proof, entry=entry(index), vkeys=[vkey]).size == SIZE
    for size1 in (1, 256, 65_535, 65_536, 65_537, *(chosen.randrange(1, SIZE) for _ in range(5))):
        with django_assert_max_num_queries(MOST_QUERIES):
            hashes = consistency_between(psp, size1, SIZE)
        verify_consistency(
            size1=size1,
            root1=root_of(leaves[:size1]),
            size2=SIZE,
            root2=root_of(leaves),
            proof=hashes,
        )
    assert fsck(psp=psp).problems == ()
