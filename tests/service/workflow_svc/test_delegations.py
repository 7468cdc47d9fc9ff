"""委托: made, in force, over; and what it does to tasks that are open already."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from workflow_svc import delegation_effects
from workflow_svc.models import DelegationRow

from shared.contracts import workflow as said
from shared.contracts.people import Person, Post
from shared.contracts.request import Commitment
from tests.service.workflow_svc.hall import AUDITOR, Hall
from tests.unit.workflow_svc.world import (
    COMPUTING,
    FINANCE,
    GU,
    HE,
    LU,
    NOON,
    OU,
    QIN,
    SHEN,
    STRANGER,
)

DAY = timedelta(days=1)


def wish(to: Person, *, begins: timedelta = -DAY, ends: timedelta = DAY, **more: Any) -> Any:
    now = datetime.now(UTC)
    return {
        "to": str(to.id),
        "starts_at": (now + begins).isoformat(),
        "ends_at": (now + ends).isoformat(),
        **more,
    }


async def effects(hall: Hall) -> None:
    await delegation_effects.run(hall.trial.runtime)


async def test_a_delegation_takes_over_the_inbox_and_is_written_into_the_record(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    made = await hall.post("/delegations", QIN, wish(GU, reason="出差"))
    assert made["in_force"] is True
    await effects(hall)
    task = await hall.task_of(GU)
    seen = await hall.get(f"/tasks/{task}", GU)
    assert (seen["on_behalf_of"], seen["may"]) == (QIN.name, ["add_signer", "return"])
    assert (await hall.trial.published(said.TaskAssigned))[-1].assignees == (QIN, GU)
    await hall.agree(GU)
    decided = (await hall.trial.published(said.Decided))[-1]
    assert (decided.by, decided.on_behalf_of, decided.unit) == (GU, QIN, COMPUTING)
    items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    row = next(item for item in items if item["node"] and item["node"]["id"] == "unit_head")
    assert (row["people"], row["detail"]["on_behalf_of"]) == ([GU.name], QIN.name)
    assert await hall.get("/tasks/count", QIN) == {"open": 0}


async def test_who_delegated_takes_it_back_and_the_inbox_with_it(hall: Hall) -> None:
    await hall.submit()
    await hall.agree(LU)
    made = await hall.post("/delegations", QIN, wish(GU))
    await effects(hall)
    task = await hall.task_of(GU)
    path = f"/delegations/{made['id']}"
    assert (await hall.ask("DELETE", path, GU)).status_code == 404
    assert (await hall.ask("DELETE", path, QIN)).status_code == 204
    assert (await hall.decide(GU, task=task)).status_code == 404  # at once
    await effects(hall)
    assert await hall.get("/tasks/count", GU) == {"open": 0}
    assert (await hall.ask("DELETE", path, QIN)).status_code == 204  # again changes nothing
    lists = await hall.get("/delegations", QIN)
    assert [(d["to"]["name"], d["in_force"]) for d in lists["given"]] == [(GU.name, False)]
    assert len((await hall.get("/delegations", GU))["received"]) == 1


async def test_others_hear_of_its_beginning_and_once_of_its_end(hall: Hall) -> None:
    scope = {"post": "head", "unit_id": str(COMPUTING.id)}
    revoked = await hall.post("/delegations", QIN, wish(GU, reason="出差", **scope))
    over = await hall.post("/delegations", HE, wish(OU))
    await effects(hall)
    begun = await hall.trial.published(said.Delegated)
    assert [(one.holder, one.to, one.reason) for one in begun] == [(QIN, GU, "出差"), (HE, OU, "")]
    assert (begun[0].post, begun[0].unit) == (Post.HEAD, COMPUTING)
    assert (begun[1].post, begun[1].unit) == (None, None)
    assert await hall.trial.published(said.DelegationEnded) == []
    await hall.ask("DELETE", f"/delegations/{revoked['id']}", QIN)
    await move(hall, UUID(over["id"]), starts=-2 * DAY, ends=-DAY, step=-DAY)
    for _ in range(2):
        await effects(hall)
    ended = await hall.trial.published(said.DelegationEnded)
    assert {(str(one.delegation_id), one.to, one.revoked) for one in ended} == {
        (revoked["id"], GU, True),
        (over["id"], OU, False),
    }
    assert len(ended) == 2


async def test_a_delegation_begins_and_ends_by_itself(hall: Hall) -> None:
    await hall.submit()
    await hall.agree(LU)
    made = await hall.post("/delegations", QIN, wish(GU, begins=DAY, ends=2 * DAY))
    await effects(hall)
    assert await hall.get("/tasks/count", GU) == {"open": 0}
    await move(hall, UUID(made["id"]), starts=-DAY, ends=DAY, step=-DAY)
    await effects(hall)
    assert await hall.get("/tasks/count", GU) == {"open": 1}
    await move(hall, UUID(made["id"]), starts=-2 * DAY, ends=-DAY, step=-DAY)
    await effects(hall)
    assert await hall.get("/tasks/count", GU) == {"open": 0}


async def move(
    hall: Hall, delegation: UUID, *, starts: timedelta, ends: timedelta, step: timedelta
) -> None:
    """As if that time had passed."""
    now = datetime.now(UTC)
    async with hall.trial.runtime.transaction() as tx:
        await tx.session.execute(
            update(DelegationRow)
            .where(DelegationRow.id == delegation)
            .values(starts_at=now + starts, ends_at=now + ends, takes_effect_at=now + step)
        )


@pytest.mark.parametrize(
    ("by", "body", "code"),
    [
        (QIN, wish(QIN), "no_such_person"),
        (QIN, wish(GU, post="reviewer"), "not_your_post"),
        (QIN, wish(GU, post="administrator"), "not_your_post"),
        (QIN, wish(GU, unit_id=str(FINANCE.id)), "not_your_post"),
        (STRANGER, wish(GU), "not_your_post"),
        (AUDITOR, wish(GU), "not_your_post"),
        (QIN, wish(GU, ends=-DAY), "bad_period"),
        (QIN, wish(GU, ends=400 * DAY), "bad_period"),
        (QIN, wish(GU, begins=3 * DAY, ends=2 * DAY), "bad_period"),
    ],
)
async def test_what_cannot_be_delegated(hall: Hall, by: Person, body: Any, code: str) -> None:
    assert await hall.refused("/delegations", by, body) == (422, code)
    assert await hall.trial.count(DelegationRow) == 0


async def test_there_are_no_chains_and_no_two_for_the_same(hall: Hall) -> None:
    await hall.post("/delegations", QIN, wish(GU, post="head", unit_id=str(COMPUTING.id)))
    assert await hall.refused("/delegations", GU, wish(OU)) == (409, "you_stand_in")
    assert await hall.refused("/delegations", HE, wish(QIN)) == (409, "delegate_is_away")
    assert await hall.refused("/delegations", QIN, wish(OU)) == (409, "delegation_overlaps")
    later = wish(OU, begins=2 * DAY, ends=3 * DAY)
    await hall.post("/delegations", QIN, later)
    await hall.post("/delegations", HE, wish(QIN, begins=5 * DAY, ends=6 * DAY))


async def test_a_repeated_delegation_is_one(hall: Hall) -> None:
    body = wish(GU)
    first = await hall.post("/delegations", QIN, body, **{"Idempotency-Key": "delegate-1"})
    again = await hall.post("/delegations", QIN, body, **{"Idempotency-Key": "delegate-1"})
    assert again["id"] == first["id"]
    other = await hall.ask(
        "POST",
        "/delegations",
        QIN,
        json=wish(OU),
        headers={"Idempotency-Key": "delegate-1"},
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_applicant_stands_in_for_nobody_on_their_own_request(hall: Hall) -> None:
    await hall.post("/delegations", QIN, wish(SHEN))
    await hall.submit()
    await hall.agree(LU)
    assert await hall.get("/tasks/count", SHEN) == {"open": 0}
    await hall.submit(
        by=STRANGER,
        commitment=Commitment(by=STRANGER, at=NOON),
        applicant_name="别人",
        applicant_mobile="13700000000",
    )
    await hall.agree(LU)
    assert await hall.get("/tasks/count", SHEN) == {"open": 1}


async def test_who_the_form_names_stands_in_for_nobody_on_it(hall: Hall) -> None:
    await hall.post("/delegations", QIN, wish(SHEN))
    await hall.submit(by=STRANGER)  # 用印申请人 is 沈之君
    await hall.agree(LU)
    assert await hall.get("/tasks/count", SHEN) == {"open": 0}
