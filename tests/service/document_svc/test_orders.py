"""document-svc seals on workflow-svc's word alone: what else asks for a seal gets an alarm."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from document_svc.models import SealRefusal, Signature

from shared.contracts.document import RefusalReason, Sealed, SealRefused
from shared.contracts.workflow import Approved, Decided, OpinionPlace
from shared.identity import User
from shared.key_pair import create_key_pair
from shared.seal_order import SealOrderIssuer, SealOrderVerifier, form_digest, order_of
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    ADMINISTRATOR,
    INITIATOR,
    KEEPER,
    ORDER_KEYS,
    Story,
    sheets,
    unit_changed,
)
from tests.unit.document_svc.examples import person, unit


async def agreed_at_the_unit(trial: Trial, story: Story) -> Decided:
    await trial.deliver(story.submitted())
    return story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院")


async def refused(trial: Trial, reason: RefusalReason, *, sealed: int = 0) -> SealRefused:
    """The one alarm, and that nothing but what was rightly ordered is on the sheet."""
    assert await trial.waiting() == []
    assert await trial.count(Signature) == sealed
    assert len(await trial.published(Sealed)) == sealed
    [event] = await trial.published(SealRefused)
    alarm: SealRefused = event
    assert alarm.reason is reason
    assert await trial.count(SealRefusal) == 1
    return alarm


async def test_a_decision_without_an_order_seals_nothing(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    await trial.deliver(decided.model_copy(update={"seal_order": None}))
    alarm = await refused(trial, RefusalReason.NO_ORDER)
    assert (alarm.request_id, alarm.place) == (story.id, OpinionPlace.APPLYING_UNIT)
    assert alarm.claimed_by == decided.by


async def test_an_order_signed_by_someone_else_seals_nothing(
    trial: Trial, story: Story, tmp_path: Path
) -> None:
    decided = await agreed_at_the_unit(trial, story)
    forger = SealOrderIssuer(create_key_pair(tmp_path / "forger", "forged")[0])
    forged = forger.sign(order_of(decided, form_digest(story.form)))
    await trial.deliver(decided.model_copy(update={"seal_order": forged}))
    await refused(trial, RefusalReason.NOT_SIGNED)


async def test_a_forged_order_for_a_sheet_that_is_not_there_does_not_wait(
    trial: Trial, story: Story
) -> None:
    decided = story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院")
    await trial.deliver(decided.model_copy(update={"seal_order": "e30.e30.e30"}))
    await refused(trial, RefusalReason.NOT_SIGNED)


@pytest.mark.parametrize("cut", [0, 1, 2])
async def test_an_order_changed_by_a_character_seals_nothing(
    trial: Trial, story: Story, cut: int
) -> None:
    decided = await agreed_at_the_unit(trial, story)
    parts = (decided.seal_order or "").split(".")
    parts[cut] = parts[cut][:9] + ("A" if parts[cut][9] != "A" else "B") + parts[cut][10:]
    await trial.deliver(decided.model_copy(update={"seal_order": ".".join(parts)}))
    await refused(trial, RefusalReason.NOT_SIGNED)


@pytest.mark.parametrize(
    "edit",
    [
        {"opinion": "同意，并加盖十份。"},
        {"by": person("冒名者")},
        {"unit": unit("财务部")},
        {"place": OpinionPlace.APPROVING_DEPARTMENT},
        {"task_id": uuid4()},
        {"countersigners": (unit("财务部"),)},
    ],
)
async def test_an_order_with_an_edited_decision_seals_nothing(
    trial: Trial, story: Story, edit: dict[str, Any]
) -> None:
    decided = await agreed_at_the_unit(trial, story)
    await trial.deliver(decided.model_copy(update=edit))
    alarm = await refused(trial, RefusalReason.OTHER_DECISION)
    assert "signed with other" in alarm.detail


async def test_another_requests_order_seals_nothing_here(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    other = Story(uuid4())
    await trial.deliver(other.submitted())
    await trial.deliver(decided.model_copy(update={"request_id": other.id}))
    await refused(trial, RefusalReason.OTHER_DECISION)


async def test_an_order_of_the_revision_before_seals_nothing(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    second = Story(story.id, revision=2)
    await trial.deliver(decided, story.returned(), second.submitted())
    await trial.deliver(decided.model_copy(update={"revision": 2}))
    await refused(trial, RefusalReason.OTHER_DECISION, sealed=1)


async def test_an_order_for_another_form_seals_nothing(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(handler_name="换过的经办人"))
    meant = Story(story.id)  # workflow-svc signed for the form as it was
    await trial.deliver(meant.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    await refused(trial, RefusalReason.OTHER_SUBMISSION)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (OpinionPlace.APPLYING_UNIT, "财务部"),
        (OpinionPlace.APPROVING_DEPARTMENT, "财务部"),
        (OpinionPlace.COUNTERSIGN, "财务部"),  # nobody asked it
        (OpinionPlace.LEGAL_COUNSEL, "财务部"),
    ],
)
async def test_a_foreign_departments_seal_is_refused_even_if_ordered(
    trial: Trial, story: Story, place: OpinionPlace, name: str
) -> None:
    await trial.deliver(story.submitted(), story.agreed(place, name))
    await refused(trial, RefusalReason.FOREIGN_UNIT)


async def test_without_a_contract_the_counsel_has_no_place(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(horizontal_contract=False, contract_files=()))
    await trial.deliver(story.agreed(OpinionPlace.LEGAL_COUNSEL, "校长法律顾问办公室"))
    await refused(trial, RefusalReason.FOREIGN_UNIT)


async def test_only_the_seal_office_numbers(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    numbered = story.approved().model_copy(update={"unit": unit("财务部"), "seal_order": None})
    await trial.deliver(story.ordered(numbered))
    await refused(trial, RefusalReason.FOREIGN_UNIT)


async def test_a_place_is_sealed_once_whatever_is_ordered(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    await trial.deliver(decided, story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    await refused(trial, RefusalReason.PLACE_TAKEN, sealed=1)


async def test_a_task_seals_once_whatever_is_ordered(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    again = story.ordered(decided.model_copy(update={"opinion": "再盖一次。"}))
    await trial.deliver(decided, again)
    await refused(trial, RefusalReason.PLACE_TAKEN, sealed=1)


async def test_another_number_is_refused(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.approved(), story.approved())
    assert await trial.count(SealRefusal) == 0  # the same order again is no alarm
    other: Approved = story.ordered(story.approved().model_copy(update={"number": "YY2026-999999"}))
    await trial.deliver(other)
    await refused(trial, RefusalReason.PLACE_TAKEN, sealed=1)
    [sheet] = await sheets(trial, story)
    assert len(sheet["seals"]) == 1


async def test_after_an_alarm_the_right_order_still_seals(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    await trial.deliver(decided.model_copy(update={"opinion": "改过。"}), decided)
    await refused(trial, RefusalReason.OTHER_DECISION, sealed=1)


async def ask(trial: Trial, who: User, method: str, path: str) -> httpx.Response:
    async with trial.client(who) as client:
        return await client.request(method, path)


async def test_alarms_are_listed_for_those_who_oversee(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    await trial.deliver(decided.model_copy(update={"seal_order": None}))
    for who in (KEEPER, ADMINISTRATOR):
        [item] = (await ask(trial, who, "GET", "/seal-refusals")).json()["items"]
        assert (item["reason"], item["unit"]["name"]) == ("no_order", "计算机学院")
        assert item["settled_at"] is None
    answer = await ask(trial, INITIATOR, "GET", "/seal-refusals")
    assert (answer.status_code, answer.json()["code"]) == (403, "overseers_only")


async def test_an_alarm_is_settled_once_by_an_administrator(trial: Trial, story: Story) -> None:
    decided = await agreed_at_the_unit(trial, story)
    await trial.deliver(decided.model_copy(update={"seal_order": None}))
    [alarm] = await trial.published(SealRefused)
    path = f"/seal-refusals/{alarm.refusal_id}/settlement"
    answer = await ask(trial, KEEPER, "POST", path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_administrator")
    assert (await ask(trial, ADMINISTRATOR, "POST", path)).json()["settled_by"] == "单宜"
    answer = await ask(trial, ADMINISTRATOR, "POST", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_settled")
    assert (await ask(trial, ADMINISTRATOR, "GET", "/seal-refusals")).json()["items"] == []
    missing = await ask(trial, ADMINISTRATOR, "POST", f"/seal-refusals/{uuid4()}/settlement")
    assert missing.status_code == 404


async def test_what_was_refused_for_a_wrong_key_seals_once_the_key_is_mended(
    trial: Trial, story: Story, tmp_path: Path
) -> None:
    decided = await agreed_at_the_unit(trial, story)
    wrong = create_key_pair(tmp_path / "wrong", "orders")[1]
    room = trial.runtime.own
    room.orders = SealOrderVerifier(wrong)
    await trial.deliver(decided)
    [alarm] = await trial.published(SealRefused)
    path = f"/seal-refusals/{alarm.refusal_id}/settlement?retry=true"
    both = tmp_path / "both.pem"
    both.write_bytes(wrong.read_bytes() + ORDER_KEYS[1].read_bytes())
    room.orders = SealOrderVerifier(both)
    assert (await ask(trial, ADMINISTRATOR, "POST", path)).status_code == 201
    assert await trial.count(Signature) == 1


async def test_a_retry_whose_seal_is_not_there_yet_says_so(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(unit=unit("新学院")))
    decided = story.agreed(OpinionPlace.APPLYING_UNIT, "新学院")
    await trial.deliver(decided.model_copy(update={"seal_order": None}))
    [alarm] = await trial.published(SealRefused)
    async with trial.runtime.transaction() as tx:
        row = await tx.session.get_one(SealRefusal, alarm.refusal_id)
        row.event = decided.model_dump(mode="json")
    path = f"/seal-refusals/{alarm.refusal_id}/settlement?retry=true"
    answer = await ask(trial, ADMINISTRATOR, "POST", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_seal_yet")
    await trial.deliver(unit_changed("新学院"))
    assert (await ask(trial, ADMINISTRATOR, "POST", path)).status_code == 201
