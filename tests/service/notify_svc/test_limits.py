"""Our own limits: for one address, and for a provider as a whole."""

from collections import Counter
from datetime import timedelta

from tests.service.notify_svc.conftest import Opened
from tests.service.notify_svc.happenings import AT, CLERK, EVERYONE, assigned, urged


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
