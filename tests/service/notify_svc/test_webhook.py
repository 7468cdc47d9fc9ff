"""The signed call, as the organisation's own system gets it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from notify_svc.channels.webhook import WebhookSettings
from pydantic import ValidationError

from shared.contracts.notify import Channel
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned
from tests.standins import Trouble, Troubles, serving

SECRET = "a secret that both sides know, of the tests"


class Receiver:
    """Checks the signature as it is documented, and counts a message once."""

    def __init__(self, secret: str = SECRET) -> None:
        self.secret = secret
        self.answers: list[int] = []
        self.taken: dict[str, dict[str, str]] = {}
        self.calls = 0
        self.troubles = Troubles()
        self.elsewhere = 0

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/hook", self._called)
        application.router.add_route("*", "/elsewhere", self._elsewhere)
        return application

    async def _called(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._hook)

    async def _hook(self, request: web.Request) -> web.Response:
        self.calls += 1
        body = await request.read()
        timestamp = request.headers["sealflow-timestamp"]
        text = timestamp.encode() + b"." + body
        expected = "v1=" + hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers["sealflow-signature"]):
            return web.Response(status=401)
        if self.answers:
            status = self.answers.pop(0)
            return web.Response(status=status, headers={"location": "/elsewhere"})
        self.taken[request.headers["sealflow-id"]] = json.loads(body)
        return web.Response(status=204)

    async def _elsewhere(self, _request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()


@asynccontextmanager
async def hooked(opened: Opened, receiver: Receiver) -> AsyncIterator[PostOffice]:
    async with (
        serving(receiver.application()) as url,
        opened(
            webhook={"url": f"{url}/hook", "secret": SECRET, "in_clear": True, "seconds": 2}
        ) as office,
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
        WebhookSettings.model_validate({"secret": SECRET, **settings})
