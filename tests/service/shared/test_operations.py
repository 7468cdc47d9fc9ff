"""What an administrator sees and does about events that wait, in every service alike."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter

from shared import operations
from shared.contracts.directory import HeldPost, PersonChanged
from shared.contracts.document import Voided
from shared.contracts.people import Post, Unit
from shared.database import new_id
from shared.errors import Forbidden
from shared.identity import User
from shared.messaging import on
from shared.posts import POST_HANDLERS, require_post
from shared.testing import Trial, on_trial
from shared.transaction import Transaction
from tests.contract.effects import count_it, fact, new_aggregate, numbers, service

UNIT = Unit(id=uuid4(), name="信息中心")
ADMINISTRATOR = User(id=uuid4(), name="邹管")
AUDITOR = User(id=uuid4(), name="祝审")
STRANGER = User(id=uuid4(), name="路人")

router = APIRouter()
router.include_router(operations.router)


class Broken:
    """A handler that fails until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    async def count(self, event: Voided, tx: Transaction) -> None:
        if not self.mended:
            raise ZeroDivisionError("this cannot be counted")
        await count_it(event, tx)


@pytest.fixture
def broken() -> Broken:
    return Broken()


@pytest.fixture
async def trial(
    database_url: str, tmp_path: Path, organisation_file: Path, broken: Broken
) -> AsyncIterator[Trial]:
    handlers = (*POST_HANDLERS, on(Voided, broken.count))
    async with on_trial(
        replace(service("request", *handlers), router=router),
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
        handler_attempts=1,
    ) as trial:
        await trial.deliver(
            _appointed(ADMINISTRATOR, Post.ADMINISTRATOR), _appointed(AUDITOR, Post.AUDITOR)
        )
        yield trial


async def test_a_parked_event_is_listed_shown_and_replayed(trial: Trial, broken: Broken) -> None:
    aggregate = new_aggregate()
    await trial.deliver(fact(aggregate, 1))

    [listed] = (await _ask(trial, ADMINISTRATOR, "GET", "/operations/waiting"))["items"]
    assert (listed["state"], listed["aggregate"]) == ("parked", str(aggregate))
    assert "cannot be counted" in listed["reason"]
    path = f"/operations/waiting/{listed['event_id']}"
    assert (await _ask(trial, ADMINISTRATOR, "GET", path))["body"]["revision"] == 1

    broken.mended = True
    body = {"event_id": listed["event_id"]}
    replayed = await _ask(trial, ADMINISTRATOR, "POST", "/operations/replays", 201, json=body)
    assert replayed == {"replayed": 1}
    await trial.sweep()
    assert await numbers(trial.runtime, aggregate) == [1]
    assert (await _ask(trial, ADMINISTRATOR, "GET", "/operations/waiting"))["items"] == []


async def test_a_request_is_found_in_what_was_sent_and_what_waits(trial: Trial) -> None:
    aggregate = new_aggregate()
    await trial.deliver(fact(aggregate, 1))
    async with trial.runtime.transaction() as tx:
        tx.publish(fact(aggregate, 2))

    found = await _ask(trial, AUDITOR, "GET", f"/operations/requests/{aggregate}")

    [sent] = found["sent"]
    assert (sent["topic"], sent["sequence"], sent["sent_at"]) == ("document.voided.v1", 1, None)
    assert [waiting["state"] for waiting in found["waiting"]] == ["parked"]
    nowhere = await _ask(trial, AUDITOR, "GET", f"/operations/requests/{new_id()}")
    assert nowhere == {"sent": [], "lanes": [], "waiting": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/operations/waiting"),
        ("GET", f"/operations/waiting/{uuid4()}"),
        ("GET", f"/operations/requests/{uuid4()}"),
        ("POST", "/operations/replays"),
    ],
    ids=["list", "inspect", "find", "replay"],
)
async def test_nobody_else_operates(trial: Trial, method: str, path: str) -> None:
    refused = await _ask(trial, STRANGER, method, path, 403, json={})
    assert refused["code"] == "forbidden"


async def test_an_auditor_reads_and_changes_nothing(trial: Trial) -> None:
    await _ask(trial, AUDITOR, "GET", "/operations/waiting")
    await _ask(trial, AUDITOR, "GET", f"/operations/waiting/{uuid4()}", 403)
    await _ask(trial, AUDITOR, "POST", "/operations/replays", 403, json={})


async def test_what_does_not_wait_is_not_found(trial: Trial) -> None:
    await _ask(trial, ADMINISTRATOR, "GET", f"/operations/waiting/{uuid4()}", 404)


async def test_who_left_the_post_operates_no_more(trial: Trial) -> None:
    await trial.deliver(_appointed(ADMINISTRATOR))
    await _ask(trial, ADMINISTRATOR, "GET", "/operations/waiting", 403)


async def test_a_post_is_required_of_whoever_does_what_it_is_for(trial: Trial) -> None:
    async with trial.runtime.transaction() as tx:
        await require_post(tx, AUDITOR, Post.ADMINISTRATOR, Post.AUDITOR)
        with pytest.raises(Forbidden):
            await require_post(tx, AUDITOR, Post.ADMINISTRATOR)


def _appointed(user: User, *posts: Post) -> PersonChanged:
    return PersonChanged(
        person_id=user.id,
        login=user.name,
        name=user.name,
        mobile=None,
        email=None,
        active=True,
        posts=tuple(HeldPost(unit=UNIT, post=post) for post in posts),
        changed_at=datetime.now(UTC),
    )


async def _ask(
    trial: Trial, user: User, method: str, path: str, status: int = 200, **sent: Any
) -> Any:
    async with trial.client(user) as client:
        answer = await client.request(method, path, **(sent if method == "POST" else {}))
    assert answer.status_code == status, answer.text
    return answer.json()
