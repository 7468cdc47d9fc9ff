"""Every topic has a golden sample, so that each change of a contract is seen in review."""

import json
from pathlib import Path

import pytest

from shared.contracts import OWNERS, Event, all_events
from tests.conftest import ROOT

SAMPLES = ROOT / "shared" / "contracts" / "samples"


def _sample(event: type[Event]) -> Path:
    return SAMPLES / f"{event.topic}.json"


def test_every_topic_has_its_sample_and_no_other() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == {_sample(e).name for e in all_events()}


@pytest.mark.parametrize("event", all_events(), ids=lambda event: event.topic)
def test_a_sample_is_read_and_written_unchanged(event: type[Event]) -> None:
    body = _sample(event).read_bytes()
    assert json.loads(event.decode(body).model_dump_json()) == json.loads(body)


@pytest.mark.parametrize("event", all_events(), ids=lambda event: event.topic)
def test_an_unknown_field_is_refused(event: type[Event]) -> None:
    body = json.loads(_sample(event).read_bytes()) | {"surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        event.decode(json.dumps(body).encode())


def test_every_event_has_one_owner() -> None:
    owned = [module.__name__ for modules in OWNERS.values() for module in modules]
    assert len(owned) == len(set(owned))
    assert {event.__module__ for event in all_events()} == set(owned)


def test_topics_carry_their_version() -> None:
    assert all(event.topic.rsplit(".", 1)[-1].startswith("v") for event in all_events())
