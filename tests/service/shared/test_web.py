"""The HTTP side that every service shares: refusals, identity, transactions, health."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import event, insert

from shared.errors import Conflict, FieldError, Invalid
from shared.identity import User
from shared.testing import Trial, on_trial
from shared.web import CurrentUser, Tx
from tests.contract.effects import effect, fact, new_aggregate, service

router = APIRouter()
USER = User(id=uuid4(), name="沈之俊")


class TooSoon(Conflict):
    code: ClassVar[str] = "too_soon"
    message: ClassVar[str] = "请稍后再试"


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int


@router.get("/me")
async def me(who: CurrentUser) -> dict[str, str]:
    return {"id": str(who.id), "name": who.name}


@router.post("/effects", status_code=201)
async def leave_effect(body: Body, tx: Tx) -> dict[str, int]:
    await tx.session.execute(insert(effect).values(aggregate=uuid4(), number=body.count))
    tx.publish(fact(new_aggregate(), body.count))
    if body.count == 409:
        raise TooSoon(retry_after_seconds=7)
    if body.count == 422:
        raise Invalid(errors=[FieldError(field="count", code="odd", message="请填写偶数")])
    if body.count == 500:
        raise ZeroDivisionError
    return {"count": body.count}


@pytest.fixture
async def trial(database_url: str, tmp_path: Path, organisation_file: Path) -> AsyncIterator[Trial]:
    on_trial_service = replace(service("document"), router=router)
    async with on_trial(
        on_trial_service,
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
    ) as trial:
        yield trial


async def test_the_caller_is_who_the_gateway_says(trial: Trial) -> None:
    async with trial.client(USER) as client:
        answer = await client.get("/me")
    assert answer.json() == {"id": str(USER.id), "name": "沈之俊"}


async def test_nobody_gets_in_without_a_token(trial: Trial) -> None:
    async with trial.client() as client:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"X-User-Id": str(USER.id)}):
            answer = await client.get("/me", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["code"] == "not_signed_in"
            assert answer.headers["content-type"] == "application/problem+json"


async def test_what_succeeds_is_committed_with_its_events(trial: Trial) -> None:
    async with trial.client() as client:
        assert (await client.post("/effects", json={"count": 2})).status_code == 201
    assert await trial.count(effect) == 1
    assert [event.revision for event in await trial.published()] == [2]


@pytest.mark.parametrize(
    ("count", "status", "code"),
    [(409, 409, "too_soon"), (422, 422, "invalid"), (500, 500, "internal_error")],
)
async def test_what_is_refused_is_wholly_undone(
    trial: Trial, count: int, status: int, code: str
) -> None:
    async with trial.client() as client:
        answer = await client.post("/effects", json={"count": count})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await trial.count(effect) == 0
    assert await trial.published() == []


async def test_a_refusal_carries_its_details(trial: Trial) -> None:
    async with trial.client() as client:
        too_soon = await client.post("/effects", json={"count": 409})
        invalid = await client.post("/effects", json={"count": 422})
    assert too_soon.json()["retry_after_seconds"] == 7
    assert invalid.json()["errors"] == [{"field": "count", "code": "odd", "message": "请填写偶数"}]


async def test_a_malformed_body_is_refused_in_the_same_shape(trial: Trial) -> None:
    async with trial.client() as client:
        for body in ({"count": "x"}, {"count": 1, "admin": True}, {}):
            answer = await client.post("/effects", json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
            assert answer.json()["errors"][0]["field"]


async def test_an_unknown_path_says_no_more_than_a_foreign_one(trial: Trial) -> None:
    async with trial.client(USER) as client:
        answer = await client.get("/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_commit_that_fails_has_not_answered_201(trial: Trial) -> None:
    def refuse(_connection: object) -> None:
        raise ConnectionError("the database went away")

    engine = trial.runtime.database.engine.sync_engine
    event.listen(engine, "commit", refuse)
    try:
        async with trial.client() as client:
            answer = await client.post("/effects", json={"count": 2})
    finally:
        event.remove(engine, "commit", refuse)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert await trial.count(effect) == 0


async def test_health_touches_nothing_and_readiness_asks(trial: Trial) -> None:
    async with trial.client() as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).json()["status"] == "ok"
