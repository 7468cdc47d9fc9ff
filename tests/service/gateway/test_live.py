"""Pages that follow what happens: who is told of what, and what ends it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update

from gateway.models import Session
from shared.contracts.people import Person, Post
from shared.contracts.workflow import Advanced, Copied, Overdue, Returned, TaskAssigned
from shared.testing import Trial, eventually
from tests.conftest import ROOT
from tests.service.gateway.conftest import browser, person, sign_in

SAMPLES = ROOT / "shared" / "contracts" / "samples"


def sample(kind, **changes):
    """The golden sample of an event, about the request and the people of a test."""
    facts = json.loads((SAMPLES / f"{kind.topic}.json").read_text(encoding="utf-8"))
    return kind.model_validate_json(json.dumps(facts | changes))


def named(login: str) -> dict[str, str]:
    known = person(login)
    return Person(id=known.person_id, name=known.name).model_dump(mode="json")


class Ear:
    """What a page hears: (event, data) as they come."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, object]:
        name = ""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                if line.startswith("data: "):
                    return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream is over")

    async def is_over(self) -> bool:
        async with asyncio.timeout(10):
            return [line async for line in self._lines if line.startswith("data: ")] == []


@asynccontextmanager
async def page_of(url: str, trial: Trial, login: str) -> AsyncIterator[Ear]:
    """An open page of someone who signed in for it."""
    async with httpx.AsyncClient(base_url=url, timeout=20, headers={"origin": url}) as client:
        assert (await sign_in(client, login)).status_code == 200
        async with client.stream("GET", "/api/events") as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            await eventually(lambda: _is_open(trial))
            yield Ear(response)


def overhear(trial: Trial, *events) -> None:
    for event in events:
        trial.runtime.own.live.hear(trial.envelope(event))


async def test_a_reader_is_told_which_request_changed_and_nothing_else(gateway, listening):
    request = uuid4()
    async with (
        gateway(people=("wangfang", "liming")) as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        facts = {"request_id": str(request), "initiator": named("liming")}
        await trial.deliver(sample(TaskAssigned, assignees=[named("wangfang")], **facts))
        overhear(trial, sample(Advanced, **facts))
        name, data = await ear.next()
    assert name == "changed"
    assert data == {"changes": [{"request_id": str(request), "topic": Advanced.topic}]}


async def test_who_may_not_read_a_request_hears_nothing_of_it(gateway, listening):
    theirs, mine = uuid4(), uuid4()
    async with (
        gateway(people=("wangfang", "liming")) as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        overhear(
            trial,
            sample(Advanced, request_id=str(theirs), initiator=named("liming")),
            sample(Advanced, request_id=str(mine), initiator=named("wangfang")),
        )
        _, data = await ear.next()
    assert [change["request_id"] for change in data["changes"]] == [str(mine)]


@pytest.mark.parametrize(
    ("kind", "named_as"),
    [(TaskAssigned, "assignees"), (Copied, "people"), (Overdue, "heads")],
    ids=lambda value: getattr(value, "topic", value),
)
async def test_whom_an_event_names_is_told_before_the_gateway_has_learnt_of_them(
    gateway, listening, kind, named_as
):
    request = uuid4()
    async with (
        gateway() as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        overhear(trial, sample(kind, request_id=str(request), **{named_as: [named("wangfang")]}))
        _, data = await ear.next()
    assert data == {"changes": [{"request_id": str(request), "topic": kind.topic}]}


async def test_who_oversees_everything_is_told_of_everything(gateway, listening):
    request = uuid4()
    held = {"unit": {"id": str(uuid4()), "name": "督查室"}, "post": Post.SEAL_KEEPER}
    async with gateway(people=()) as trial, listening(trial.app) as url:
        await trial.deliver(person("keeper", posts=(held,)))
        async with page_of(url, trial, "keeper") as ear:
            overhear(trial, sample(Returned, request_id=str(request)))
            _, data = await ear.next()
    assert UUID(data["changes"][0]["request_id"]) == request


async def test_after_an_interruption_a_page_is_told_to_read_everything_again(gateway, listening):
    async with (
        gateway() as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        trial.runtime.own.live.missed()
        assert (await ear.next())[0] == "missed"


async def test_signing_out_ends_the_pages_of_that_session(gateway, listening):
    async with (
        gateway() as trial,
        listening(trial.app) as url,
        httpx.AsyncClient(base_url=url, timeout=20, headers={"origin": url}) as client,
    ):
        await sign_in(client)
        async with client.stream("GET", "/api/events") as response:
            await eventually(lambda: _is_open(trial))
            await client.delete("/api/session")
            ear = Ear(response)
            assert (await ear.next())[0] == "ended"
            assert await ear.is_over()


async def test_a_session_that_ended_elsewhere_ends_its_pages_soon(gateway, listening):
    async with (
        gateway(live_look_seconds=0.05) as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        await trial.deliver(person("wangfang", active=False))
        assert (await ear.next())[0] == "ended"


async def test_an_open_page_does_not_keep_its_person_signed_in(gateway, listening):
    async with (
        gateway(live_look_seconds=0.05) as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        async with trial.runtime.database.session() as session:
            long_ago = datetime.now(UTC) - timedelta(hours=1)
            await session.execute(update(Session).values(seen_at=long_ago))
        assert (await ear.next())[0] == "ended"


async def test_a_server_that_stops_lets_its_pages_go(gateway, listening):
    async with (
        gateway() as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang") as ear,
    ):
        trial.runtime.stopping.set()
        assert await ear.is_over()


async def test_nobody_follows_without_signing_in(gateway):
    async with gateway() as trial, browser(trial) as client:
        answer = await client.get("/api/events")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_one_person_follows_with_so_many_pages_and_no_more(gateway, listening):
    async with (
        gateway(live_pages_per_person=1) as trial,
        listening(trial.app) as url,
        page_of(url, trial, "wangfang"),
        httpx.AsyncClient(base_url=url, headers={"origin": url}) as client,
    ):
        await sign_in(client)
        refused = await client.get("/api/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_pages")


async def test_a_page_that_left_is_forgotten(gateway, listening):
    async with gateway() as trial, listening(trial.app) as url:
        async with page_of(url, trial, "wangfang"):
            assert await _is_open(trial)
        await eventually(lambda: _is_empty(trial))


async def _is_open(trial: Trial) -> bool:
    return bool(trial.runtime.own.live._pages)


async def _is_empty(trial: Trial) -> bool:
    return not trial.runtime.own.live._pages
