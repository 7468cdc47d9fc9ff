"""GET /dev-inbox: every message as it would look, newest first."""

from shared.database import new_id
from tests.service.notify_svc.conftest import SOMEONE, Opened, PostOffice
from tests.service.notify_svc.happenings import (
    CLERK,
    EVERYONE,
    REQUEST,
    SECOND_CLERK,
    approved,
    assigned,
    closed,
    returned,
)


async def test_a_message_is_shown_as_its_recipient_sees_it(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, returned(opinion="缺页码 <b>"))
    await office.dispatch()
    (mail,) = await office.dev_inbox(channel="mail")
    assert mail.pop("id")
    assert "退回意见：缺页码 <b>" in mail.pop("body_text")
    assert "缺页码 &lt;b&gt;" in mail.pop("body_html")
    assert mail == {
        "channel": "mail",
        "to": "shenzhijun@chenglan.example",
        "person_name": "沈知君",
        "kind": "returned",
        "subject": "您的申请被退回，请修改后重新提交",
        "state": "delivered",
        "at": "2026-03-02T01:30:00Z",
        "request_id": str(REQUEST),
    }


async def test_messages_come_newest_first_and_page_by_page(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK, SECOND_CLERK), returned(), approved())
    everything = [item["id"] for item in await office.dev_inbox(limit=100)]
    assert len(everything) == 15
    assert everything == sorted(everything, reverse=True)

    async with office.trial.client(SOMEONE) as client:
        paged, cursor = [], None
        while True:
            query = {"limit": 4} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/dev-inbox", params=query)).json()
            paged += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert paged == everything


async def test_messages_can_be_had_by_request_and_by_channel(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, returned())
    by_sms = await office.dev_inbox(request_id=REQUEST, channel="sms")
    assert [item["to"] for item in by_sms] == ["19900000101"]
    in_the_portal = await office.dev_inbox(request_id=REQUEST, channel="inbox")
    assert [item["to"] for item in in_the_portal] == [""]  # it needs no address
    assert await office.dev_inbox(request_id=new_id()) == []


async def test_a_message_says_whether_it_went_out(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task)
    assert {item["state"] for item in await office.dev_inbox(channel="mail")} == {"queued"}
    await office.deliver(closed(task))
    assert {item["state"] for item in await office.dev_inbox(channel="mail")} == {"cancelled"}


async def test_a_bad_filter_is_refused(office: PostOffice) -> None:
    async with office.trial.client(SOMEONE) as client:
        for query in ({"channel": "pigeon"}, {"cursor": "x"}, {"limit": 101}, {"limit": 0}):
            answer = await client.get("/dev-inbox", params=query)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_whoever_is_not_signed_in_sees_nothing(office: PostOffice) -> None:
    async with office.trial.client() as client:
        assert (await client.get("/dev-inbox")).status_code == 401


async def test_an_installation_that_is_not_for_trying_out_has_no_dev_inbox(
    opened: Opened,
) -> None:
    async with opened() as office, office.trial.client(SOMEONE) as client:
        answer = await client.get("/dev-inbox")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
