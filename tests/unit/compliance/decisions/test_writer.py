"""Group commit over a store that fails as databases fail."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from compliance.decisions.claiming import SeenBeforeError
from compliance.decisions.errors import UnavailableError
from compliance.decisions.records import NewDecision
from compliance.decisions.stores import Lost, RowsRefusedError, StoreUnavailableError
from compliance.decisions.writer import DecisionWriter


class FakeStore:
    """Keeps decisions in memory; `faults` are raised one for each write, after it where so named."""

    def __init__(self) -> None:
        self.durable: list[str] = []
        self.batches: list[list[str]] = []
        self.faults: list[Exception | None] = []
        self.is_lost_after_commit = False
        self.poison = ""
        self.seen: dict[str, frozenset[str]] = {}
        self.closed = 0
        self.gate = threading.Event()
        self.gate.set()

    def write(self, batch: Sequence[NewDecision]) -> Lost:
        self.gate.wait(10)
        fault = self.faults.pop(0) if self.faults else None
        refs = [decision.ref for decision in batch]
        if self.poison in refs or set(refs) & set(self.durable):
            raise RowsRefusedError("no such thing")
        if fault is None or self.is_lost_after_commit:
            self.durable += [ref for ref in refs if ref not in self.seen]
            self.batches.append(refs)
        if fault is not None:
            raise fault
        return {ref: self.seen[ref] for ref in refs if ref in self.seen}

    def holds(self, decision: NewDecision) -> bool:
        return decision.ref in self.durable

    def close(self) -> None:
        self.closed += 1


def decision(number: int) -> NewDecision:
    return NewDecision(1, f"dec_{number}", ())


def run(
    scenario: Callable[[DecisionWriter], Coroutine[Any, Any, None]],
    store: FakeStore,
    **options: Any,
) -> None:
    async def main() -> None:
        writer = DecisionWriter(lambda: store, **options)
        writer.start()
        try:
            await scenario(writer)
        finally:
            store.gate.set()
            await writer.stop()

    asyncio.run(main())


def test_a_request_is_told_once_its_decision_is_durable() -> None:
    store = FakeStore()

    async def scenario(writer: DecisionWriter) -> None:
        await writer.submit(decision(1))
        assert store.durable == ["dec_1"]

    run(scenario, store)


def test_decisions_that_arrive_together_share_a_commit() -> None:
    store = FakeStore()

    async def scenario(writer: DecisionWriter) -> None:
        await asyncio.gather(*(writer.submit(decision(number)) for number in range(50)))

    run(scenario, store)
    assert len(store.batches) == 1
    assert len(store.durable) == 50


def test_what_arrives_during_a_commit_is_the_next_batch() -> None:
    store = FakeStore()

    async def scenario(writer: DecisionWriter) -> None:
        store.gate.clear()
        first = writer.submit(decision(0))
        await asyncio.sleep(0.05)
        others = [writer.submit(decision(number)) for number in range(1, 10)]
        await asyncio.sleep(0.05)
        store.gate.set()
        await asyncio.gather(first, *others)

    run(scenario, store)
    assert [len(batch) for batch in store.batches] == [1, 9]


@pytest.mark.parametrize("is_lost_after_commit", [False, True])
def test_what_claims_too_late_is_told_so_and_the_others_are_stored(
    *, is_lost_after_commit: bool
) -> None:
    store = FakeStore()
    store.seen = {"dec_0": frozenset({"sha256:n"})}
    if is_lost_after_commit:
        store.is_lost_after_commit = True
        store.faults = [StoreUnavailableError("gone")]

    async def scenario(writer: DecisionWriter) -> None:
        futures = [writer.submit(decision(number)) for number in range(3)]
        told = await asyncio.gather(*futures, return_exceptions=True)
        assert told[1:] == [None, None]
        assert isinstance(told[0], SeenBeforeError)
        assert told[0].digests == {"sha256:n"}

    run(scenario, store)
    assert store.durable == ["dec_1", "dec_2"]


def test_a_lost_database_is_waited_for() -> None:
    store = FakeStore()
    store.faults = [StoreUnavailableError("gone"), StoreUnavailableError("still gone")]

    async def scenario(writer: DecisionWriter) -> None:
        waiting = writer.submit(decision(1))
        await asyncio.sleep(0.1)
        assert writer.trouble == "gone"
        await waiting
        assert writer.trouble == ""

    run(scenario, store)
    assert store.durable == ["dec_1"]
    assert store.closed >= 2


def test_a_commit_whose_answer_was_lost_is_not_made_twice() -> None:
    store = FakeStore()
    store.faults = [StoreUnavailableError("lost in the middle of COMMIT")]
    store.is_lost_after_commit = True

    async def scenario(writer: DecisionWriter) -> None:
        await asyncio.gather(writer.submit(decision(1)), writer.submit(decision(2)))

    run(scenario, store)
    assert store.durable == ["dec_1", "dec_2"]


def test_after_too_long_a_wait_the_request_is_told_so_and_nothing_is_stored() -> None:
    store = FakeStore()
    store.faults = [StoreUnavailableError("gone")] * 5

    async def scenario(writer: DecisionWriter) -> None:
        with pytest.raises(UnavailableError, match="in time"):
            await writer.submit(decision(1))
        store.faults = []
        await writer.submit(decision(2))

    run(scenario, store, wait_limit_s=0.3)
    assert store.durable == ["dec_2"]


def test_one_refused_decision_does_not_take_the_others_with_it() -> None:
    store = FakeStore()
    store.poison = "dec_2"

    async def scenario(writer: DecisionWriter) -> None:
        results = await asyncio.gather(
            *(writer.submit(decision(number)) for number in range(4)), return_exceptions=True
        )
        assert [type(result) for result in results] == [
            type(None),
            type(None),
            RowsRefusedError,
            type(None),
        ]

    run(scenario, store)
    assert store.durable == ["dec_0", "dec_1", "dec_3"]


def test_a_fault_that_nobody_thought_of_ends_one_batch_only() -> None:
    store = FakeStore()
    store.faults = [ZeroDivisionError("a bug")]

    async def scenario(writer: DecisionWriter) -> None:
        with pytest.raises(ZeroDivisionError):
            await writer.submit(decision(1))
        await writer.submit(decision(2))

    run(scenario, store)
    assert store.durable == ["dec_2"]


def test_a_full_queue_refuses_at_once() -> None:
    store = FakeStore()

    async def scenario(writer: DecisionWriter) -> None:
        store.gate.clear()
        first = writer.submit(decision(0))
        await asyncio.sleep(0.05)
        queued = [writer.submit(decision(number)) for number in range(1, 4)]
        with pytest.raises(UnavailableError, match="too many"):
            await writer.submit(decision(9))
        store.gate.set()
        await asyncio.gather(first, *queued)

    run(scenario, store, queue_limit=3)


def test_a_request_that_went_away_before_the_commit_is_not_stored() -> None:
    store = FakeStore()

    async def scenario(writer: DecisionWriter) -> None:
        store.gate.clear()
        first = writer.submit(decision(0))
        await asyncio.sleep(0.05)
        gone = writer.submit(decision(1))
        gone.cancel()
        store.gate.set()
        await first
        await writer.submit(decision(2))

    run(scenario, store)
    assert store.durable == ["dec_0", "dec_2"]


def test_stopping_writes_what_was_accepted_and_then_refuses() -> None:
    store = FakeStore()

    async def main() -> None:
        writer = DecisionWriter(lambda: store)
        writer.start()
        accepted = [writer.submit(decision(number)) for number in range(5)]
        await writer.stop()
        await asyncio.gather(*accepted)
        with pytest.raises(UnavailableError, match="stopping"):
            await writer.submit(decision(9))
        assert writer.trouble == "the writer has ended"

    asyncio.run(main())
    assert len(store.durable) == 5


def test_stopping_without_a_database_leaves_nobody_without_an_answer() -> None:
    store = FakeStore()
    store.faults = [StoreUnavailableError("gone")] * 100

    async def main() -> None:
        writer = DecisionWriter(lambda: store, wait_limit_s=0.35)
        writer.start()
        accepted = [writer.submit(decision(number)) for number in range(3)]
        await asyncio.sleep(0.2)
        await writer.stop()
        told = await asyncio.wait_for(asyncio.gather(*accepted, return_exceptions=True), 2)
        assert [type(each) for each in told] == [UnavailableError] * 3

    asyncio.run(main())
    assert not store.durable
