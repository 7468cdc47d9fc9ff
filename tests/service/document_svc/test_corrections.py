"""更正 and 原件收回: what was wrong stays, what sets it right is a new entry."""

from typing import Any
from uuid import uuid4

from document_svc.ledger_models import LedgerEntry

from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import AUDITOR, INITIATOR, KEEPER, SECOND_KEEPER, Story
from tests.service.document_svc.test_counter import approve, counts, entries, find, register

ONE = [{"item": "university", "count": 1}]


async def propose(
    trial: Trial, entry_id: str, who: User = KEEPER, reason: str = "多记了一枚", **body: Any
) -> Any:
    json = {"uses": ONE, "reason": reason, **body}
    async with trial.client(who) as client:
        return await client.post(f"/seal-uses/{entry_id}/corrections", json=json)


async def confirm(trial: Trial, correction: Any, who: User = SECOND_KEEPER) -> Any:
    async with trial.client(who) as client:
        return await client.post(f"/corrections/{correction['id']}/confirmation")


async def open_corrections(trial: Trial, who: User = SECOND_KEEPER) -> Any:
    async with trial.client(who) as client:
        return (await client.get("/corrections")).json()["items"]


async def two_pressed(trial: Trial, story: Story) -> Any:
    await approve(trial, story)
    return (await register(trial, story, uses=[{"item": "university", "count": 2}])).json()


async def test_a_correction_is_a_new_entry_that_two_people_made(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    correction = (await propose(trial, entry["id"])).json()
    assert [waiting["id"] for waiting in await open_corrections(trial)] == [correction["id"]]
    assert await trial.count(LedgerEntry) == 1

    confirmed = (await confirm(trial, correction)).json()

    assert (confirmed["kind"], confirmed["corrects"]) == ("correction", entry["sequence"])
    assert counts(confirmed) == [("university", -1)]
    assert (confirmed["by"]["name"], confirmed["confirmed_by"]["name"]) == ("薛瑜", "邵旸")
    assert [each["id"] for each in await entries(trial, story)] == [entry["id"], confirmed["id"]]
    assert await open_corrections(trial) == []
    seen = (await find(trial, "YY2026-000042")).json()
    assert seen["allowances"][0]["remaining"] == 1


async def test_what_was_corrected_can_be_used_again(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    assert (await register(trial, story, uses=ONE)).json()["code"] == "more_than_approved"
    await confirm(trial, (await propose(trial, entry["id"])).json())
    assert (await register(trial, story, uses=ONE)).status_code == 201


async def test_nobody_confirms_their_own_correction(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    correction = (await propose(trial, entry["id"])).json()
    answer = await confirm(trial, correction, KEEPER)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_person_required")
    assert await trial.count(LedgerEntry) == 1


async def test_a_correction_is_decided_once(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    correction = (await propose(trial, entry["id"])).json()
    await confirm(trial, correction)
    again = await confirm(trial, correction)
    assert (again.status_code, again.json()["code"]) == (409, "correction_decided")


async def test_a_correction_can_be_dropped(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    correction = (await propose(trial, entry["id"])).json()
    another = await propose(trial, entry["id"], SECOND_KEEPER)
    assert (another.status_code, another.json()["code"]) == (409, "already_correcting")
    async with trial.client(KEEPER) as client:
        assert (await client.delete(f"/corrections/{correction['id']}")).status_code == 204
    assert (await confirm(trial, correction)).json()["code"] == "correction_decided"
    assert (await propose(trial, entry["id"], SECOND_KEEPER)).status_code == 201


async def test_a_correction_must_change_something(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    same = await propose(trial, entry["id"], uses=[{"item": "university", "count": 2}])
    assert (same.status_code, same.json()["code"]) == (422, "nothing_changed")


async def test_a_correction_never_exceeds_what_was_approved(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    more = await propose(trial, entry["id"], uses=[{"item": "university", "count": 3}])
    assert (more.status_code, more.json()["code"]) == (422, "more_than_approved")


async def test_a_correction_cannot_be_corrected_but_its_entry_can_once_more(
    trial: Trial, story: Story
) -> None:
    entry = await two_pressed(trial, story)
    first = (await confirm(trial, (await propose(trial, entry["id"])).json())).json()
    assert (await propose(trial, first["id"])).json()["code"] == "not_correctable"
    both = [*ONE, {"item": "president", "count": 1}]
    second = await confirm(trial, (await propose(trial, entry["id"], uses=both)).json())
    assert counts(second.json()) == [("president", 1)]


async def test_corrections_are_the_keepers_alone(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    assert (await propose(trial, entry["id"], AUDITOR)).json()["code"] == "not_seal_keeper"
    assert (await propose(trial, str(uuid4()))).status_code == 404
    async with trial.client(INITIATOR) as client:
        assert (await client.get("/corrections")).json()["code"] == "overseers_only"


async def test_a_correction_needs_its_reason(trial: Trial, story: Story) -> None:
    entry = await two_pressed(trial, story)
    assert (await propose(trial, entry["id"], reason="")).json()["code"] == "invalid_request"
