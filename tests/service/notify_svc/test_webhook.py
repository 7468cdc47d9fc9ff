"""The signed call, as the organisation's own system gets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from notify_svc.channels.webhook import WebhookSettings
from pydantic import ValidationError

from shared.contracts.notify import Channel
from tests.service.notify_svc.accounts import webhook_settings
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned
from tests.standins import Trouble, serving
from tests.standins.receiver import Receiver


@asynccontextmanager
async def hooked(opened: Opened, receiver: Receiver) -> AsyncIterator[PostOffice]:
    async with (
        serving(receiver.application()) as url,
        opened(webhook=webhook_settings(Receiver(), url, seconds=2)) as office,
    ):
        yield office


async def test_the_receiver_gets_the_message_and_can_tell_that_it_is_ours(opened: Opened) -> None:
    receiver = Receiver()
    async with hooked(opened, receiver) as office:
        task = assigned(CLERK)
        await office.deliver(*EVERYONE, task)
        await office.dispatch()
        delivery = await office.delivery(Channel.WEBHOOK)
    assert delivery.state == "delivered"
    assert receiver.taken == {
        str(delivery.id): {
            "id": str(delivery.id),
            "kind": "task_assigned",
            "to": "lukun",
            "name": "陆坤",
            "title": "您有新的任务需要处理",
            "text": "关于“量子通信项目任务书用印”需要您的审批，敬请点击办理。",
            "link": f"{office.trial.runtime.organisation.portal_url}/tasks/{task.task_id}",
            "task_id": str(task.task_id),
            "at": "2026-03-02T01:30:00+00:00",
        }
    }


async def test_an_answer_that_got_lost_is_asked_for_by_the_same_message(opened: Opened) -> None:
    receiver = Receiver()
    receiver.troubles.next.append(Trouble.TAKE_AND_HANG_UP)
    async with hooked(opened, receiver) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        assert (await office.delivery(Channel.WEBHOOK)).state == "unknown"
        await office.make_due()
        await office.dispatch()
        assert (await office.delivery(Channel.WEBHOOK)).state == "delivered"
    assert (receiver.calls, len(receiver.taken)) == (2, 1)


@pytest.mark.parametrize(
    ("status", "state", "paused"),
    [
        (503, "retry", False),
        (429, "retry", False),
        (302, "retry", True),
        (404, "retry", True),
        (400, "failed", False),
    ],
)
async def test_what_each_answer_means(
    opened: Opened, status: int, state: str, paused: bool
) -> None:
    receiver = Receiver()
    receiver.answers = [status]
    async with hooked(opened, receiver) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        delivery = await office.delivery(Channel.WEBHOOK)
        assert (delivery.state, delivery.failures) == (state, 0)
        await office.make_due()
        await office.dispatch()
    assert (receiver.calls == 1) == (paused or state == "failed")
    assert receiver.elsewhere == 0  # a redirect leads nowhere


async def test_a_wrong_secret_is_for_an_operator_to_mend(opened: Opened) -> None:
    receiver = Receiver(secret="another secret, that only the receiver knows")
    async with hooked(opened, receiver) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        delivery = await office.delivery(Channel.WEBHOOK)
        assert (delivery.state, delivery.code) == ("retry", "401")


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://intranet.example/hook"},
        {"url": "file:///etc/passwd"},
        {"url": "https://user:password@intranet.example/hook"},
        {"url": "https:///hook"},
        {"url": "https://intranet.example/hook", "secret": "short"},
    ],
)
def test_a_target_that_cannot_be_right_stops_the_service_at_its_start(
    settings: dict[str, str],
) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings.model_validate({"secret": Receiver.secret, **settings})
