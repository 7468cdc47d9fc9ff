"""Events of one deed are handled in one transaction, and lose nothing of what each alone is due."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.contracts.document import Voided
from shared.messaging import Envelope, Retry, on
from shared.testing import Trial, on_trial
from shared.transaction import Transaction
from tests.contract.effects import COUNTER, count_it, fact, new_aggregate, numbers, service


class Counting:
    """Counts each event, remembers in which transaction, and fails as it is told."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []  # kept, so that no two are at one place in memory
        self.refuse: dict[int, Exception] = {}

    async def count(self, event: Voided, tx: Transaction) -> None:
        await count_it(event, tx)
        if event.revision in self.refuse:
            raise self.refuse[event.revision]
        self.transactions.append(tx)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
async def trial(
    database_url: str, tmp_path: Path, organisation_file: Path, counting: Counting
) -> AsyncIterator[Trial]:
    async with on_trial(
        service(COUNTER, on(Voided, counting.count, ordered=True)),
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
        handler_attempts=1,
    ) as trial:
        yield trial


async def test_what_comes_together_is_handled_in_one_transaction(
    trial: Trial, counting: Counting
) -> None:
    aggregate = new_aggregate()
    for first in (1, 5):
        await _arrive(trial, [trial.envelope(fact(aggregate, first + n)) for n in range(4)])
    assert await numbers(trial.runtime, aggregate) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(set(counting.transactions)) == 2


async def test_in_whatever_order_it_comes(trial: Trial) -> None:
    aggregate = new_aggregate()
    envelopes = [trial.envelope(fact(aggregate, n)) for n in range(1, 6)]
    await _arrive(trial, [envelopes[n] for n in (3, 0, 4, 2, 1)])
    await trial.sweep()
    assert await numbers(trial.runtime, aggregate) == [1, 2, 3, 4, 5]
    assert await trial.waiting() == []


async def test_a_redelivery_among_new_events_has_no_second_effect(trial: Trial) -> None:
    aggregate = new_aggregate()
    envelopes = [trial.envelope(fact(aggregate, n)) for n in range(1, 5)]
    await _arrive(trial, envelopes[:2])
    await _arrive(trial, [envelopes[0], *envelopes[1:], envelopes[3]])
    assert await numbers(trial.runtime, aggregate) == [1, 2, 3, 4]


@pytest.mark.parametrize("trouble", [ValueError("no"), Retry("not yet")])
async def test_one_that_fails_takes_nobody_with_it(
    trial: Trial, counting: Counting, trouble: Exception
) -> None:
    aggregate = new_aggregate()
    counting.refuse = {3: trouble}
    await _arrive(trial, [trial.envelope(fact(aggregate, n)) for n in range(1, 6)])

    assert await numbers(trial.runtime, aggregate) == [1, 2]
    assert [state for state, _ in await trial.waiting()].count("gap") == 2


async def test_trouble_of_the_infrastructure_is_told_to_the_bus(
    trial: Trial, counting: Counting
) -> None:
    aggregate = new_aggregate()
    counting.refuse = {2: ConnectionError("the database is away")}
    envelopes = [trial.envelope(fact(aggregate, n)) for n in range(1, 3)]
    with pytest.raises(ConnectionError):
        await _arrive(trial, envelopes)
    counting.refuse = {}
    await _arrive(trial, envelopes)
    assert await numbers(trial.runtime, aggregate) == [1, 2]


async def _arrive(trial: Trial, envelopes: list[Envelope]) -> None:
    """All at once, as from one packet."""
    await asyncio.gather(*(trial.deliver(envelope) for envelope in envelopes))
