"""Whole ways through notify-svc and hostile providers: sent once, known in the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from notify_svc import upkeep
from notify_svc.models import Receipt

from shared.contracts.notify import Channel
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    RECEIPT_KEY,
    aliyun_settings,
    approved_templates,
    wecom_settings,
)
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned, closed, returned
from tests.standins import Trouble, serving
from tests.standins.aliyun import Aliyun, receipt
from tests.standins.wecom import WeCom


@pytest.fixture
def cloud() -> Aliyun:
    return Aliyun()


@pytest.fixture
async def office(
    opened: Opened, cloud: Aliyun, tmp_path: Path, organisation_file: Path
) -> AsyncIterator[PostOffice]:
    """notify-svc with SMS by a cloud."""
    approved = approved_templates(tmp_path, Organisation.load(organisation_file))
    async with (
        serving(cloud.application()) as url,
        opened(
            provider_templates=approved,
            aliyun=aliyun_settings(cloud, url),
        ) as office,
    ):
        await office.deliver(*EVERYONE)
        yield office


async def pushed(office: PostOffice, body: bytes, key: str = RECEIPT_KEY) -> int:
    async with office.trial.client() as provider:
        answer = await provider.post("/callbacks/aliyun", params={"key": key}, content=body)
        return answer.status_code


async def state(office: PostOffice) -> str:
    return (await office.delivery(Channel.SMS)).state


async def test_a_yes_that_comes_too_late_is_asked_for_and_the_sms_goes_out_once(
    office: PostOffice, cloud: Aliyun
) -> None:
    cloud.troubles.next.append(Trouble.TAKE_AND_HANG)
    await office.deliver(returned())
    await office.dispatch()
    cloud.troubles.released.set()
    assert (await state(office), len(cloud.sent)) == ("unknown", 1)
    office.clock.advance(minutes=2)
    await office.dispatch()
    assert (await state(office), len(cloud.sent)) == ("delivered", 1)


async def test_what_the_provider_has_never_seen_goes_out_after_it_said_so_twice(
    office: PostOffice, cloud: Aliyun
) -> None:
    cloud.troubles.next.append(Trouble.HANG_UP)
    await office.deliver(returned())
    await office.dispatch()
    assert (await state(office), len(cloud.sent)) == ("unknown", 0)
    office.clock.advance(minutes=2)
    await office.dispatch()
    assert (await state(office), len(cloud.sent)) == ("unknown", 0)  # it may be slow in its books
    office.clock.advance(minutes=5)
    await office.dispatch()
    await office.dispatch()
    assert (await state(office), len(cloud.sent)) == ("sent", 1)


async def test_receipts_count_once_and_only_with_the_key(office: PostOffice, cloud: Aliyun) -> None:
    await office.deliver(returned())
    await office.dispatch()
    body = receipt(cloud.sent[0])
    assert await pushed(office, body, key="wrong") == 422
    assert await state(office) == "sent"
    for _ in range(2):
        assert await pushed(office, body) == 200
    assert (await state(office), await office.trial.count(Receipt)) == ("delivered", 1)
    # What is with the person is not taken back by a later, worse receipt.
    await pushed(office, receipt(cloud.sent[0], success=False, code="UNDELIV"))
    assert await state(office) == "delivered"


async def test_a_receipt_that_comes_before_the_answer_is_kept_until_then(
    office: PostOffice, cloud: Aliyun
) -> None:
    cloud.troubles.next.append(Trouble.TAKE_AND_HANG)
    await office.deliver(returned())
    await office.dispatch()
    cloud.troubles.released.set()
    assert await state(office) == "unknown"
    assert await pushed(office, receipt(cloud.sent[0])) == 200
    assert await state(office) == "delivered"
    office.clock.advance(hours=1)
    await office.dispatch()
    assert len(cloud.sent) == 1


async def test_receipts_that_nobody_brings_are_fetched(office: PostOffice, cloud: Aliyun) -> None:
    await office.deliver(returned())
    await office.dispatch()
    office.clock.advance(minutes=1)
    await upkeep.follow_receipts(office.trial.runtime)
    assert await state(office) == "delivered"


async def test_the_card_says_that_it_is_done_when_the_task_is(opened: Opened) -> None:
    corporation = WeCom(members={"lukun"})
    async with (
        serving(corporation.application()) as url,
        opened(wecom=wecom_settings(corporation, url)) as office,
    ):
        task = assigned(CLERK)
        await office.deliver(*EVERYONE, task)
        await office.dispatch()
        (card,) = corporation.cards
        assert card.done is None
        await office.deliver(closed(task))
        await upkeep.update_cards(office.trial.runtime)
        assert card.done == "已处理"
