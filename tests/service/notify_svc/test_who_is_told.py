"""Each event, and who is told by which channels (domain.md, Every message)."""

from datetime import timedelta

import pytest
from notify_svc.models import Contact, Notification

from shared.contracts.directory import HeldPost
from shared.contracts.notify import Channel, Failed
from shared.contracts.people import Post
from shared.contracts.workflow import TaskEnd, WhyCopied
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import (
    AT,
    CLERK,
    COUNTER,
    COUNTERSIGN,
    DELEGATED,
    DELEGATION_ENDED,
    EVERYONE,
    INITIATOR,
    OFFICE,
    SECOND_CLERK,
    UNIT,
    advanced,
    approved,
    assigned,
    blocked,
    closed,
    completed,
    copied,
    known,
    overdue,
    reassigned,
    returned,
    seal_refused,
    urged,
    voided,
    withdrawn,
)


async def test_a_task_tells_each_who_may_act_by_wechat_and_mail(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK, SECOND_CLERK))
    assert await office.deliveries() == [
        ("task_assigned", "mail", "lukun@chenglan.example", "queued"),
        ("task_assigned", "mail", "qinming@chenglan.example", "queued"),
        ("task_assigned", "wechat", "lukun", "queued"),
        ("task_assigned", "wechat", "qinming", "queued"),
    ]


async def test_an_urge_tells_each_who_may_act_by_wechat_mail_and_sms(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task, urged(task))
    assert [sent for sent in await office.deliveries() if sent.kind == "urged"] == [
        ("urged", "mail", "lukun@chenglan.example", "queued"),
        ("urged", "sms", "19900000102", "queued"),
        ("urged", "wechat", "lukun", "queued"),
    ]


async def test_two_urges_of_one_task_are_two_messages(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task, urged(task), urged(task, at=AT + timedelta(minutes=30)))
    assert len([sent for sent in await office.deliveries() if sent.kind == "urged"]) == 6


async def test_whoever_is_urged_at_a_shared_node_gets_the_link_to_their_own_task(
    office: PostOffice,
) -> None:
    first, second = assigned(CLERK, node=COUNTERSIGN), assigned(SECOND_CLERK, node=COUNTERSIGN)
    await office.deliver(*EVERYONE, first, second, urged(first, second))
    await office.dispatch()
    page = await office.dev_inbox(channel="wechat")
    links = {row["to"]: row["body_text"] for row in page if row["kind"] == "urged"}
    assert f"/tasks/{first.task_id}" in links["lukun"]
    assert f"/tasks/{second.task_id}" in links["qinming"]


async def test_a_return_tells_the_initiator_by_sms_mail_and_wechat(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, returned())
    assert await office.deliveries() == [
        ("returned", "mail", "shenzhijun@chenglan.example", "queued"),
        ("returned", "sms", "19900000101", "queued"),
        ("returned", "wechat", "shenzhijun", "queued"),
    ]


async def test_a_second_return_after_a_correction_is_told_again(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, returned(revision=1), returned(revision=2))
    assert len(await office.deliveries()) == 6


async def test_moving_on_tells_the_initiator_by_wechat(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, advanced(OFFICE))
    assert await office.deliveries() == [("advanced", "wechat", "shenzhijun", "queued")]


async def test_newer_news_of_a_request_takes_the_place_of_what_has_not_gone_out(
    office: PostOffice,
) -> None:
    later = advanced(COUNTERSIGN).model_copy(update={"advanced_at": AT + timedelta(minutes=1)})
    await office.deliver(*EVERYONE, advanced(OFFICE), later)
    assert [sent.state for sent in await office.deliveries()] == ["cancelled", "queued"]


async def test_moving_on_to_the_counter_is_told_by_the_approval_alone(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, advanced(COUNTER), approved())
    told = [sent for sent in await office.deliveries() if sent.channel == "wechat"]
    assert told == [("approved", "wechat", "shenzhijun", "queued")]


async def test_those_who_register_are_asked_to_register_and_not_to_approve(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK, node=COUNTER), assigned(CLERK))
    mails = [item["body_text"] for item in await office.dev_inbox(channel="mail")]
    assert ["需要您的审批" in text for text in mails] == [True, False]
    register = "“量子通信项目任务书用印”已审批通过，待经办人到场，请您用印并登记，敬请点击办理。"
    assert mails[1].startswith(register)
    cards = [item["body_text"] for item in await office.dev_inbox(channel="wechat")]
    assert ["备注：请您用印并登记" in text for text in cards] == [False, True]


async def test_what_was_corrected_says_so_when_it_comes_again(office: PostOffice) -> None:
    again = assigned(CLERK).model_copy(update={"revision": 2})
    await office.deliver(*EVERYONE, again)
    (card,) = [item["body_text"] for item in await office.dev_inbox(channel="wechat")]
    assert "备注：申请人已修改，请重新审批" in card


async def test_handing_over_tells_the_new_one_and_the_old_one(office: PostOffice) -> None:
    old = assigned(CLERK)
    await office.deliver(*EVERYONE, old, closed(old, TaskEnd.REASSIGNED), reassigned())
    assert [sent for sent in await office.deliveries() if sent.state == "queued"] == [
        ("handed_over", "mail", "lukun@chenglan.example", "queued"),
        ("handed_over", "wechat", "lukun", "queued"),
        ("handed_to_you", "mail", "qinming@chenglan.example", "queued"),
        ("handed_to_you", "wechat", "qinming", "queued"),
    ]


async def test_a_task_that_nobody_gave_up_is_told_to_its_new_one_alone(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, reassigned(gave_up=None))
    assert {sent.kind for sent in await office.deliveries()} == {"handed_to_you"}


async def test_an_urge_of_a_task_that_was_handed_over_reaches_its_new_one(
    office: PostOffice,
) -> None:
    handed = reassigned()
    task = assigned(SECOND_CLERK, task_id=handed.task_id)
    await office.deliver(*EVERYONE, handed, urged(task))
    urges = [sent for sent in await office.deliveries() if sent.kind == "urged"]
    assert {sent.to for sent in urges if sent.channel == "wechat"} == {"qinming"}


@pytest.mark.parametrize(("why", "kind"), [("copy", "copied"), ("supervision", "supervised")])
async def test_who_is_copied_or_supervises_is_told_by_wechat(
    office: PostOffice, why: str, kind: str
) -> None:
    await office.deliver(*EVERYONE, copied(CLERK, why=WhyCopied(why)))
    assert await office.deliveries() == [(kind, "wechat", "lukun", "queued")]


async def test_what_is_overdue_is_told_to_who_may_act_and_then_to_their_head(
    office: PostOffice,
) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, overdue(task), overdue(task, heads=(SECOND_CLERK,)))
    assert await office.deliveries() == [
        *[("overdue", "mail", "lukun@chenglan.example", "queued")] * 2,
        *[("overdue", "wechat", "lukun", "queued")] * 2,
        ("overdue_head", "mail", "qinming@chenglan.example", "queued"),
        ("overdue_head", "wechat", "qinming", "queued"),
    ]


async def test_a_head_who_may_act_is_told_once(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, overdue(assigned(CLERK), heads=(CLERK,)))
    assert {sent.kind for sent in await office.deliveries()} == {"overdue"}


async def test_a_task_that_nobody_may_act_at_is_told_to_the_administrators(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, blocked(SECOND_CLERK))
    assert await office.deliveries() == [
        ("task_blocked", "mail", "qinming@chenglan.example", "queued"),
        ("task_blocked", "wechat", "qinming", "queued"),
    ]


async def test_what_is_void_is_told_to_the_initiator_and_to_who_was_called_to_the_counter(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, approved(handler_mobile="19900000999"))
    await office.dispatch()
    await office.deliver(voided())
    assert [sent for sent in await office.deliveries() if sent.kind == "voided"] == [
        ("voided", "mail", "shenzhijun@chenglan.example", "queued"),
        ("voided", "sms", "19900000101", "queued"),
        ("voided", "sms", "19900000999", "queued"),
        ("voided", "wechat", "shenzhijun", "queued"),
    ]


async def test_a_seal_that_was_refused_alarms_the_administrators(office: PostOffice) -> None:
    unit = HeldPost(unit=UNIT, post=Post.ADMINISTRATOR)
    await office.deliver(known(CLERK), known(SECOND_CLERK, posts=(unit,)), seal_refused())
    assert await office.deliveries() == [
        ("seal_refused", "mail", "qinming@chenglan.example", "queued"),
        ("seal_refused", "sms", "19900000103", "queued"),
        ("seal_refused", "wechat", "qinming", "queued"),
    ]
    (mail,) = await office.dev_inbox(channel="mail")
    assert "盖章指令的签名无效" in mail["body_text"]


async def test_when_nothing_waits_any_more_nobody_is_told_of_a_next_node(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, advanced())
    assert await office.deliveries() == []


async def test_approval_tells_the_initiator_by_every_channel_and_the_handler_by_sms(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, approved(handler_mobile="19900000999"))
    assert await office.deliveries() == [
        ("approved", "mail", "shenzhijun@chenglan.example", "queued"),
        ("approved", "sms", "19900000101", "queued"),
        ("approved", "sms", "19900000999", "queued"),
        ("approved", "wechat", "shenzhijun", "queued"),
    ]


async def test_an_initiator_who_is_the_handler_too_gets_one_sms(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, approved(handler_mobile="19900000101"))
    told_by_sms = [sent for sent in await office.deliveries() if sent.channel == "sms"]
    assert told_by_sms == [("approved", "sms", "19900000101", "queued")]


async def test_completion_tells_the_initiator_by_wechat_and_mail(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, completed())
    assert await office.deliveries() == [
        ("completed", "mail", "shenzhijun@chenglan.example", "queued"),
        ("completed", "wechat", "shenzhijun", "queued"),
    ]


async def test_a_withdrawal_tells_those_who_had_it_open_by_wechat_and_mail(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, withdrawn(CLERK))
    assert await office.deliveries() == [
        ("withdrawn", "mail", "lukun@chenglan.example", "queued"),
        ("withdrawn", "wechat", "lukun", "queued"),
    ]


async def test_an_event_that_comes_twice_is_told_once(office: PostOffice) -> None:
    redelivered = office.trial.envelope(assigned(CLERK))
    await office.deliver(*EVERYONE, redelivered, redelivered)
    assert len(await office.deliveries()) == 2


async def test_an_event_that_its_owner_publishes_twice_is_told_once(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task, task)
    assert await office.trial.count(Notification) == 1
    assert len(await office.deliveries()) == 2


async def test_a_task_waits_for_the_news_of_who_its_people_are(office: PostOffice) -> None:
    await office.deliver(assigned(CLERK))
    assert await office.deliveries() == []
    ((state, reason),) = await office.trial.waiting()
    assert state == "retry"
    assert "directory" in reason


async def test_who_has_left_is_not_told(office: PostOffice) -> None:
    await office.deliver(known(CLERK, active=False), known(SECOND_CLERK))
    await office.deliver(assigned(CLERK, SECOND_CLERK))
    assert {sent.to for sent in await office.deliveries()} == {
        "qinming",
        "qinming@chenglan.example",
    }


async def test_the_newest_address_counts_whatever_order_the_news_comes_in(
    office: PostOffice,
) -> None:
    newer = known(CLERK, email="new@chenglan.example", changed_at=AT)
    older = known(CLERK, email="old@chenglan.example", changed_at=AT - timedelta(days=9))
    await office.deliver(known(CLERK), newer, older, assigned(CLERK))
    assert await office.trial.count(Contact) == 1
    (mail,) = [sent for sent in await office.deliveries() if sent.channel == Channel.MAIL]
    assert mail.to == "new@chenglan.example"


async def test_who_has_no_address_is_reported_and_told_by_the_other_channels(
    office: PostOffice,
) -> None:
    await office.deliver(known(INITIATOR, mobile=None), returned())
    await office.dispatch()
    assert await office.deliveries() == [
        ("returned", "mail", "shenzhijun@chenglan.example", "delivered"),
        ("returned", "sms", "", "failed"),
        ("returned", "wechat", "shenzhijun", "delivered"),
    ]
    (failed,) = await office.published(Failed)
    assert (failed.channel, failed.person_id) == (Channel.SMS, INITIATOR.id)


async def test_without_providers_and_dev_inbox_only_the_portal_tells(opened: Opened) -> None:
    async with opened() as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        assert await office.deliveries() == []
        assert (await office.delivery(Channel.INBOX)).state == "delivered"


async def test_a_delegation_is_told_to_who_is_to_act_and_to_whose_place_it_is(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, DELEGATED)
    assert await office.deliveries() == [
        ("delegated", "mail", "qinming@chenglan.example", "queued"),
        ("delegated", "wechat", "qinming", "queued"),
        ("delegation_made", "mail", "lukun@chenglan.example", "queued"),
        ("delegation_made", "wechat", "lukun", "queued"),
    ]


async def test_its_end_is_told_to_both_and_what_had_not_gone_out_is_not_told(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, DELEGATED, DELEGATION_ENDED)
    assert await office.deliveries() == [
        ("delegated", "mail", "qinming@chenglan.example", "cancelled"),
        ("delegated", "wechat", "qinming", "cancelled"),
        ("delegation_ended", "wechat", "lukun", "queued"),
        ("delegation_ended", "wechat", "qinming", "queued"),
        ("delegation_made", "mail", "lukun@chenglan.example", "queued"),
        ("delegation_made", "wechat", "lukun", "queued"),
    ]
