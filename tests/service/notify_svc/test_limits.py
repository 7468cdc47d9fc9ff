"""Our own limits: for one address, and for a provider as a whole."""

import asyncio
from collections import Counter
from datetime import timedelta

from shared.testing import eventually
from tests.service.notify_svc.conftest import Opened
from tests.service.notify_svc.happenings import AT, CLERK, EVERYONE, assigned, urged
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain


async def test_what_is_too_much_for_one_address_waits_and_does_not_count(opened: Opened) -> None:
    async with opened(dev_inbox=True, person_limits={"sms": [[2, 3600]]}) as office:
        task = assigned(CLERK)
        urges = [urged(task, at=AT + timedelta(minutes=number)) for number in range(3)]
        await office.deliver(*EVERYONE, task, *urges)
        await office.dispatch()
        sms = [row for row, _ in await office.rows() if row.channel == "sms"]
        assert Counter(row.state for row in sms) == {"delivered": 2, "retry": 1}
        assert {row.failures for row in sms} == {0}
        office.clock.advance(minutes=59)
        await office.dispatch()
        assert [sent.state for sent in await office.deliveries() if sent.channel == "sms"].count(
            "retry"
        ) == 1
        office.clock.advance(minutes=2)
        await office.dispatch()
        assert {sent.state for sent in await office.deliveries()} == {"delivered"}


async def test_a_provider_is_given_no_more_a_second_than_its_rate(opened: Opened) -> None:
    async with opened(dev_inbox=True, rates={"dev-mail": 5}) as office:
        await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(20)))
        office.clock.stop()
        taken = []
        for _ in range(6):
            await office.dispatch()
            states = Counter(s.state for s in await office.deliveries() if s.channel == "mail")
            taken.append(states["delivered"])
            office.clock.advance(seconds=1)
    assert taken == [0, 5, 10, 15, 20, 20]


async def test_a_provider_has_no_more_at_once_than_it_is_given(opened: Opened) -> None:
    async with listening(Mailbox()) as mailbox:
        mailbox.may_answer.clear()
        async with opened(mail=plain(mailbox), at_once={"smtp": 3}) as office:
            await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(8)))
            sending = asyncio.create_task(office.dispatch())

            async def taken() -> bool:
                return len(mailbox.accepted) == 3

            await eventually(taken)
            states = Counter(sent.state for sent in await office.deliveries())
            assert states == {"sending": 3, "queued": 5}
            mailbox.may_answer.set()
            await sending
            assert {sent.state for sent in await office.deliveries()} == {"sent"}
    assert len(mailbox.accepted) == 8
