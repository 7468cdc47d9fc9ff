"""现场用印: registering what is pressed and handed out, at one counter and at several."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from document_svc.ledger_models import LedgerEntry

from shared.contracts.document import SealUseRecorded
from shared.contracts.people import Person
from shared.contracts.request import Certificate
from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    AUDITOR,
    INITIATOR,
    KEEPER,
    SECOND_KEEPER,
    STRANGER,
    Story,
    keeper_changed,
)
from tests.unit.document_svc.examples import text_of

ALL = [
    {"item": "university", "count": 2},
    {"item": "president", "count": 1},
    {"item": "legal_certificate", "count": 1},
]


async def approve(trial: Trial, story: Story, **form: Any) -> None:
    await trial.deliver(*story.to_approval(**form))


async def register(
    trial: Trial, story: Story, who: User = KEEPER, *, key: str | None = None, **body: Any
) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    json = {"uses": ALL, "handler_present": True, **body}
    async with trial.client(who) as client:
        return await client.post(f"/requests/{story.id}/seal-uses", json=json, headers=headers)


async def find(trial: Trial, asked: str, who: User = KEEPER) -> Any:
    async with trial.client(who) as client:
        return await client.get("/counter", params={"q": asked})


async def entries(trial: Trial, story: Story, who: User = INITIATOR) -> Any:
    async with trial.client(who) as client:
        return (await client.get(f"/requests/{story.id}/seal-uses")).json()["items"]


def counts(entry: Any) -> list[tuple[str, int]]:
    return [(use["item"], use["count"]) for use in entry["uses"]]


async def test_the_use_of_seals_is_registered_and_published(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story)
    assert answer.status_code == 201
    assert counts(answer.json()) == [(use["item"], use["count"]) for use in ALL]
    assert answer.json()["closing"] is True
    [event] = await trial.published(SealUseRecorded)
    assert (event.request_id, event.complete) == (story.id, True)
    assert event.by == Person(id=KEEPER.id, name=KEEPER.name)
    assert event.handler_name == "李玥祎"
    assert [(use.item, use.count) for use in event.uses] == [(u["item"], u["count"]) for u in ALL]
    assert await entries(trial, story) == [answer.json()]


async def test_only_a_seal_keeper_registers(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    for who in (INITIATOR, AUDITOR):
        answer = await register(trial, story, who)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_seal_keeper")


async def test_a_seal_keeper_who_has_left_registers_nothing(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    await trial.deliver(keeper_changed(active=False))
    assert (await register(trial, story)).status_code == 404
    assert await trial.count(LedgerEntry) == 0


async def test_a_stranger_cannot_tell_that_there_is_something_to_register(
    trial: Trial, story: Story
) -> None:
    await approve(trial, story)
    assert (await register(trial, story, STRANGER)).json()["code"] == "not_found"


async def test_before_the_approval_nothing_is_registered(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), *story.all_agreed())
    answer = await register(trial, story)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_approved")


async def test_on_a_withdrawn_request_nothing_is_registered(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.withdrawn())
    answer = await register(trial, story)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_approved")


async def test_more_than_approved_is_refused_naming_the_row(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story, uses=[{"item": "university", "count": 3}])
    assert (answer.status_code, answer.json()["code"]) == (422, "more_than_approved")
    assert answer.json()["errors"][0]["field"] == "uses.0.count"


async def test_a_seal_that_was_not_approved_is_refused(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story, uses=[{"item": "party_committee", "count": 1}])
    assert answer.json()["code"] == "more_than_approved"


async def test_closing_with_less_than_approved_needs_a_reason(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    fewer: dict[str, Any] = {"uses": ALL[:1], "closing": True}
    for reason in (None, "", "   "):
        answer = await register(trial, story, **fewer, reason=reason)
        assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
    assert (await register(trial, story, **fewer, reason="少印一份")).json()["closing"] is True


async def test_several_visits_together_use_what_was_approved(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    first = await register(trial, story, uses=[{"item": "university", "count": 1}])
    assert (first.status_code, first.json()["closing"]) == (201, False)
    over = await register(trial, story, uses=ALL)
    assert over.json()["code"] == "more_than_approved"
    assert "还可用 1 个" in over.json()["errors"][0]["message"]
    rest = [{"item": "university", "count": 1}, *ALL[1:]]
    last = await register(trial, story, SECOND_KEEPER, uses=rest)
    assert (last.status_code, last.json()["closing"]) == (201, True)
    assert [event.complete for event in await trial.published(SealUseRecorded)] == [False, True]
    after = await register(trial, story, uses=ALL[:1])
    assert (after.status_code, after.json()["code"]) == (409, "sealing_closed")


async def test_a_request_can_be_closed_without_using_more(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    await register(trial, story, uses=ALL[:1])
    nothing = await register(trial, story, uses=[])
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_registered")
    closed = await register(trial, story, uses=[], closing=True, reason="其余不再需要")
    assert (closed.status_code, closed.json()["closing"]) == (201, True)


async def test_all_used_may_stay_open_when_the_keeper_says_so(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    assert (await register(trial, story, closing=False)).json()["closing"] is False
    assert (await register(trial, story, uses=[], closing=True)).json()["closing"] is True


async def test_who_came_instead_of_the_handler_is_named(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    for missing in ({"reason": "出差"}, {"came_instead": "王罗珺"}, {}):
        answer = await register(trial, story, handler_present=False, **missing)
        assert (answer.status_code, answer.json()["code"]) == (422, "handler_absent")
    named = await register(
        trial, story, handler_present=False, came_instead="王罗珺", reason="经办人出差"
    )
    assert (named.status_code, named.json()["came_instead"]) == (201, "王罗珺")


async def test_who_pressed_the_seal_may_be_another_than_who_registers(
    trial: Trial, story: Story
) -> None:
    await approve(trial, story)
    one, copy = {"item": "university", "count": 1}, {"item": "legal_certificate", "count": 1}
    named = await register(trial, story, uses=[one], pressed_by=f" {SECOND_KEEPER.name} ")
    unnamed = await register(trial, story, uses=[one])
    nothing = await register(trial, story, uses=[copy], pressed_by=SECOND_KEEPER.name)
    seen = [answer.json() for answer in (named, unnamed, nothing)]
    assert [each["pressed_by"] for each in seen] == [SECOND_KEEPER.name, KEEPER.name, None]
    assert {each["by"]["name"] for each in seen} == {KEEPER.name}


async def test_a_seal_is_registered_on_each_material(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    uses = [{"item": "university", "count": 1, "material_row": row} for row in (1, 2)]
    answer = await register(trial, story, uses=uses)
    assert [use["material"] for use in answer.json()["uses"]] == [
        "第1份材料：横向技术开发（委托）合同",
        "第2份材料：横向技术开发（委托）合同",
    ]
    absent = await register(trial, story, uses=[{**ALL[1], "material_row": 9}])
    assert (absent.status_code, absent.json()["code"]) == (422, "unknown_material")


async def test_the_same_place_in_two_rows_is_refused(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story, uses=[ALL[1], ALL[1]])
    assert (answer.status_code, answer.json()["code"]) == (422, "duplicate_item")


async def test_each_copy_handed_out_has_a_number_and_a_purpose(trial: Trial, story: Story) -> None:
    await approve(trial, story, legal_id_copy=Certificate(count=3, purpose="投标资格审查"))
    first = await register(trial, story, uses=[{"item": "legal_id_copy", "count": 2}])
    [use] = first.json()["uses"]
    assert use["copies"] == ["YY2026-000042-S01", "YY2026-000042-S02"]
    assert use["purpose"] == "投标资格审查"
    other = {"item": "legal_id_copy", "count": 1, "purpose": "银行开户"}
    second = await register(trial, story, uses=[other])
    [use] = second.json()["uses"]
    assert (use["copies"], use["purpose"]) == (["YY2026-000042-S03"], "银行开户")


async def test_copies_handed_out_have_labels_to_print(trial: Trial, story: Story) -> None:
    await approve(trial, story, legal_id_copy=Certificate(count=2, purpose="投标资格审查"))
    entry = (await register(trial, story, uses=[{"item": "legal_id_copy", "count": 2}])).json()
    none = (await register(trial, story, uses=ALL[:1])).json()
    async with trial.client(INITIATOR) as client:
        pdf = await client.get(f"/seal-uses/{entry['id']}/labels")
        without = await client.get(f"/seal-uses/{none['id']}/labels")
    async with trial.client(STRANGER) as client:
        assert (await client.get(f"/seal-uses/{entry['id']}/labels")).status_code == 404
    written = text_of(pdf.content)
    assert written.count("仅限用于：投标资格审查。他用无效") == 2
    assert "YY2026-000042-S01" in written
    assert "YY2026-000042-S02" in written
    assert (without.status_code, without.json()["code"]) == (404, "no_copies")


@pytest.mark.parametrize(
    "body",
    [
        {"uses": [{"item": "university", "count": -1}]},
        {"uses": [{"item": "great_seal", "count": 1}]},
        {"uses": [{"item": "university", "count": 1, "material_row": 0}]},
        {"handler_present": None},
        {"unknown": 1},
        {"reason": "\x00"},
        {"reason": "长" * 501},
        {"came_instead": "\x00"},
        {"pressed_by": "\x00"},
        {"pressed_by": "长" * 101},
    ],
)
async def test_a_malformed_registration_is_refused(
    trial: Trial, story: Story, body: dict[str, Any]
) -> None:
    await approve(trial, story)
    answer = await register(trial, story, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_registration_sent_twice_is_written_once(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    some = {"uses": ALL[:1]}
    first = await register(trial, story, key="key-00001", **some)
    repeated = await register(trial, story, key="key-00001", **some)
    assert repeated.json() == first.json()
    assert await trial.count(LedgerEntry) == 1
    assert len(await trial.published(SealUseRecorded)) == 1


async def test_a_key_counts_for_one_request(trial: Trial, story: Story) -> None:
    other = Story(uuid4())
    await approve(trial, story)
    await approve(trial, other)
    await register(trial, story, key="key-00001")
    answer = await register(trial, other, key="key-00001")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_parallel_counters_never_exceed_what_was_approved(trial: Trial, story: Story) -> None:
    """Eight registrations of one impression each, at once, where two were approved."""
    await approve(trial, story)
    one = [{"item": "university", "count": 1}]
    keepers = (KEEPER, SECOND_KEEPER)
    answers = await asyncio.gather(
        *(register(trial, story, keepers[n % 2], key=f"key-{n:05d}", uses=one) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, *[422] * 6]
    written = await entries(trial, story)
    assert [counts(entry) for entry in written] == [[("university", 1)]] * 2
    assert [entry["sequence"] for entry in written] == [1, 2]


async def test_counters_of_different_requests_share_one_ledger(trial: Trial) -> None:
    stories = [Story(uuid4()) for _ in range(6)]
    for story in stories:
        await approve(trial, story)
    await asyncio.gather(*(register(trial, story) for story in stories))
    numbers = [entry["sequence"] for each in stories for entry in await entries(trial, each)]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
