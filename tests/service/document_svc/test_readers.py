"""Who joins a request on its way may read it from then on (shared/readers.py)."""

import json

import pytest
from sqlalchemy import select

from shared.contracts import Event, event_type
from shared.readers import reader
from shared.testing import Trial
from tests.conftest import ROOT

SAMPLES = ROOT / "shared" / "contracts" / "samples"


def sample(topic: str) -> Event:
    kind = event_type(topic)
    assert kind is not None
    return kind.decode((SAMPLES / f"{topic}.json").read_bytes())


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ("workflow.task_assigned.v1", "assignees"),
        ("workflow.reassigned.v1", "to"),
        ("workflow.copied.v1", "people"),
        ("workflow.overdue.v1", "heads"),
    ],
)
async def test_who_joins_may_read(trial: Trial, topic: str, field: str) -> None:
    event = sample(topic)
    await trial.deliver(event)
    people = {entry["id"] for entry in json.loads(event.model_dump_json())[field]}
    async with trial.runtime.database.session() as session:
        admitted = await session.scalars(
            select(reader.c.person_id).where(reader.c.request_id == event.aggregate)
        )
        assert {str(person) for person in admitted} == people


async def test_a_reminder_admits_nobody(trial: Trial) -> None:
    escalation = sample("workflow.overdue.v1")
    await trial.deliver(escalation.model_copy(update={"heads": ()}))
    assert await trial.count(reader) == 0
