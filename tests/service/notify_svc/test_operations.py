"""What administrators see of deliveries, providers and templates, and what they can do."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from notify_svc.models import Contact, Delivery, Notification
from notify_svc.privacy import Safe
from notify_svc.upkeep import forget_old, reseal
from sqlalchemy import select

from shared.contracts.directory import HeldPost
from shared.contracts.people import Person, Post
from shared.database import new_id
from tests.service.notify_svc.conftest import SECRET, Opened, PostOffice, user
from tests.service.notify_svc.happenings import (
    CLERK,
    EVERYONE,
    INITIATOR,
    REQUEST,
    SECOND_CLERK,
    UNIT,
    approved,
    assigned,
    known,
    returned,
)
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain

ADMINISTRATOR = SECOND_CLERK
ADMINISTERS = known(ADMINISTRATOR, posts=(HeldPost(unit=UNIT, post=Post.ADMINISTRATOR),))
AUDITS = known(CLERK, posts=(HeldPost(unit=UNIT, post=Post.AUDITOR),))


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with listening(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
async def office(opened: Opened, mailbox: Mailbox) -> AsyncIterator[PostOffice]:
    async with opened(mail=plain(mailbox), dev_inbox=True) as office:
        await office.deliver(known(INITIATOR), AUDITS, ADMINISTERS)
        yield office


async def ask(
    office: PostOffice, method: str, path: str, who: Person = ADMINISTRATOR, **more: Any
) -> Any:
    async with office.trial.client(user(who)) as client:
        answer = await client.request(method, path, **more)
    return answer.status_code, (answer.json() if answer.content else None)


async def find(office: PostOffice, **query: Any) -> list[dict[str, Any]]:
    status, page = await ask(office, "GET", "/deliveries", params=query)
    assert status == 200, page
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_deliveries_are_found_by_what_one_knows_of_them(office: PostOffice) -> None:
    await office.deliver(returned(), assigned(CLERK))
    await office.dispatch()
    assert len(await find(office, request_id=str(REQUEST), limit=100)) == 7
    assert {one["person_name"] for one in await find(office, person_id=str(CLERK.id))} == {"陆坤"}
    assert {one["kind"] for one in await find(office, person_name="沈知君")} == {"returned"}
    assert [one["channel"] for one in await find(office, address="19900000101")] == ["sms"]
    assert [one["to"] for one in await find(office, channel="sms")] == ["199****0101"]
    assert {one["state"] for one in await find(office, state="sent")} == {"sent"}
    assert await find(office, request_id=str(new_id())) == []


async def test_pages_follow_one_another(office: PostOffice) -> None:
    await office.deliver(returned(), assigned(CLERK), approved())
    everything = [one["id"] for one in await find(office, limit=100)]
    paged, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        _, page = await ask(office, "GET", "/deliveries", params=query)
        paged += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert paged == everything


async def test_a_failure_says_why_in_words_and_shows_each_attempt(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.to_recipient.append("550 5.1.1 no such user")
    await office.deliver(returned())
    await office.dispatch()
    (failed,) = await find(office, state="failed")
    assert failed["why"] == "发送失败：邮箱地址不存在，或不接收邮件"
    assert failed["code"] == "550 5.1.1"
    status, detail = await ask(office, "GET", f"/deliveries/{failed['id']}", who=CLERK)
    assert status == 200
    assert [(one["errand"], one["outcome"]) for one in detail["history"]] == [("send", "refused")]
    assert detail["subject"] == "您的申请被退回，请修改后重新提交"
    assert detail["template"].startswith("returned@")
    assert detail["to"] == "s***@chenglan.example"


async def test_what_failed_can_be_sent_again(office: PostOffice, mailbox: Mailbox) -> None:
    mailbox.to_recipient.append("550 5.1.1 no such user")
    await office.deliver(returned())
    await office.dispatch()
    (failed,) = await find(office, state="failed")
    again = f"/deliveries/{failed['id']}/resend"
    assert (await ask(office, "POST", again, json={}))[0] == 204
    await office.dispatch()
    assert len(mailbox.accepted) == 1
    _, detail = await ask(office, "GET", f"/deliveries/{failed['id']}")
    assert (detail["state"], len(detail["history"])) == ("sent", 2)

    status, problem = await ask(office, "POST", again, json={})
    assert (status, problem["code"]) == (409, "may_have_gone_out")
    accepted = {"although_it_may_double": True}
    assert (await ask(office, "POST", again, json=accepted))[0] == 204
    await office.dispatch()
    assert len(mailbox.accepted) == 2


async def test_what_waits_can_be_cancelled_and_what_is_over_cannot(office: PostOffice) -> None:
    await office.deliver(returned())
    (waiting,) = await find(office, channel="mail")
    assert waiting["why"] == "排队等待发送"
    path = f"/deliveries/{waiting['id']}"
    status, problem = await ask(office, "POST", f"{path}/resend", json={})
    assert (status, problem["code"]) == (409, "cannot_be_sent_again")
    assert (await ask(office, "POST", f"{path}/cancellation"))[0] == 204
    status, problem = await ask(office, "POST", f"{path}/cancellation")
    assert (status, problem["code"]) == (409, "cannot_be_cancelled")
    (cancelled,) = await find(office, channel="mail")
    assert cancelled["why"] == "已取消，不再需要发送：管理员已取消"
    assert (await ask(office, "POST", f"/deliveries/{new_id()}/cancellation"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/deliveries", None),
        ("GET", f"/deliveries/{new_id()}", None),
        ("GET", "/providers", None),
        ("GET", "/templates", None),
        ("GET", "/templates/urged/sms", None),
        ("POST", f"/deliveries/{new_id()}/resend", {}),
        ("POST", f"/deliveries/{new_id()}/cancellation", None),
    ],
)
async def test_only_administrators_act_and_auditors_look(
    office: PostOffice, method: str, path: str, body: Any
) -> None:
    assert (await ask(office, method, path, who=INITIATOR, json=body))[0] == 403
    audited = (await ask(office, method, path, who=CLERK, json=body))[0]
    assert (audited == 403) == (method == "POST")


async def test_providers_are_shown_with_what_waits_for_them(opened: Opened) -> None:
    mailbox = Mailbox()
    async with listening(mailbox):
        pass
    async with opened(mail=plain(mailbox), dev_inbox=True, breaker_opens_after=1) as office:
        await office.deliver(*EVERYONE, ADMINISTERS, returned())
        await office.dispatch()
        _, answer = await ask(office, "GET", "/providers")
        providers = {one["provider"]: one for one in answer["items"]}
    assert set(providers) == {"smtp", "dev-wechat", "dev-sms"}
    assert providers["smtp"]["paused_until"] is not None
    assert providers["smtp"]["waiting"] == {"retry": 1}
    assert "connect" in providers["smtp"]["last_error"]
    assert providers["dev-sms"]["sends_for_real"] is False
    assert providers["dev-sms"]["waiting"] == {}


async def test_templates_are_listed_and_shown_as_they_would_be_sent(office: PostOffice) -> None:
    _, answer = await ask(office, "GET", "/templates")
    listed = {one["kind"]: one for one in answer["items"]}
    mail = [one for one in listed["urged"]["channels"] if one["channel"] == "mail"]
    assert mail == [
        {
            "channel": "mail",
            "by_default": True,
            "sent_by": "smtp",
            "approval": None,
            "problems": [],
        }
    ]
    _, preview = await ask(office, "GET", "/templates/urged/mail")
    assert preview["version"] == listed["urged"]["version"]
    assert preview["subject"] == "【催办】您有任务需要尽快处理"
    assert preview["wire_type"] == "message/rfc822"
    assert "Auto-Submitted: auto-generated" in preview["wire"]
    _, card = await ask(office, "GET", "/templates/urged/wechat")
    assert card["fields"][3] == {
        "name": "remark",
        "label": "备注",
        "value": "【催办】烦请您尽快处理",
    }
    status, problem = await ask(office, "GET", "/templates/advanced/sms")
    assert (status, problem["code"]) == (404, "no_such_template")


async def test_nothing_personal_stands_in_the_database_in_clear(office: PostOffice) -> None:
    await office.deliver(returned())
    async with office.trial.runtime.database.session() as session:
        contact = (await session.scalars(select(Contact))).all()
        delivery = (await session.scalars(select(Delivery))).all()
        words = (await session.scalars(select(Notification.words))).all()
    stored = [*(c.mobile for c in contact), *(c.email for c in contact), *words]
    stored += [text for one in delivery for text in (one.address, one.content)]
    assert all(text is None or "199" not in text.partition(":")[0] for text in stored)
    assert not [text for text in stored if text and ("@" in text or "量子" in text)]


async def test_a_new_secret_reseals_everything_and_the_old_one_can_go(
    opened: Opened, mailbox: Mailbox
) -> None:
    new = "another secret of the tests, and long enough"
    async with opened(dev_inbox=True) as office:
        await office.deliver(*EVERYONE, ADMINISTERS, returned())
    async with opened(dev_inbox=True, privacy_secrets=[new, SECRET]) as office:
        assert len(await find(office, address="19900000101")) == 1
        await reseal(office.trial.runtime)
    async with opened(dev_inbox=True, privacy_secrets=[new]) as office:
        assert len(await find(office, address="19900000101")) == 1
        await office.dispatch()
        sms = [sent for sent in await office.deliveries() if sent.channel == "sms"]
        assert sms == [("returned", "sms", "19900000101", "delivered")]
        stored = await office.rows()
        assert all(Safe([new]).is_current(row.content) for row, _ in stored)


async def test_what_is_old_is_forgotten_and_what_is_on_its_way_is_not(office: PostOffice) -> None:
    await office.deliver(returned())
    await office.dispatch()
    office.clock.advance(days=731)
    await office.deliver(assigned(CLERK))
    await office.trial.runtime.service.jobs[0].run(office.trial.runtime)
    kept = await office.trial.count(Notification)
    await forget_old(office.trial.runtime)
    assert (kept, await office.trial.count(Notification)) == (2, 1)


async def test_metrics_tell_of_queues_and_attempts(office: PostOffice) -> None:
    await office.deliver(returned())
    async with office.trial.client() as client:
        before = (await client.get("/metrics")).text
        await office.dispatch()
        after = (await client.get("/metrics")).text
    assert 'sealflow_notify_waiting{channel="mail",state="queued"} 1.0' in before
    assert 'sealflow_notify_waiting{channel="mail",state="queued"}' not in after
    counted = 'sealflow_notify_attempts_total{channel="mail",outcome="accepted"} 1.0'
    assert counted in after
    assert "沈" not in after
