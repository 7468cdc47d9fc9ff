"""A provider that was away for an hour: nothing is lost, and nobody is flooded when it is back."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from notify_svc.models import ProviderState
from sqlalchemy import select

from shared.contracts.directory import PersonChanged
from shared.contracts.people import Person
from shared.database import new_id
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import an_account, approved_templates, wechat_settings
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import (
    AT,
    CLERK,
    COUNTERSIGN,
    EVERYONE,
    OFFICE,
    assigned,
    closed,
    returned,
    withdrawn,
)
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain
from tests.service.notify_svc.test_wechat import OPENID, bound
from tests.standins import Trouble, serving


@pytest.fixture
async def mailbox() -> Mailbox:
    """A mail server that has gone; its port is free until a test lets it listen again."""
    mailbox = Mailbox()
    async with listening(mailbox):
        pass
    return mailbox


@pytest.fixture
async def office(opened: Opened, mailbox: Mailbox) -> AsyncIterator[PostOffice]:
    async with opened(mail=plain(mailbox), breaker_opens_after=3, ramp_from=1) as office:
        yield office


async def state(office: PostOffice) -> ProviderState:
    async with office.trial.runtime.database.session() as session:
        found = await session.scalar(select(ProviderState).where(ProviderState.provider == "smtp"))
    assert found is not None
    return found


def newcomers(count: int) -> list[PersonChanged]:
    return [
        PersonChanged(
            person_id=new_id(),
            login=f"p{number}",
            name=f"某{number}",
            mobile=None,
            email=f"p{number}@chenglan.example",
            active=True,
            posts=(),
            changed_at=AT - timedelta(days=1),
        )
        for number in range(count)
    ]


async def test_nothing_is_lost_and_nobody_is_flooded(office: PostOffice, mailbox: Mailbox) -> None:
    tasks = [assigned(CLERK) for _ in range(30)]
    await office.deliver(*EVERYONE, *tasks, returned())
    await office.an_hour_passes()
    assert {sent.state for sent in await office.deliveries()} <= {"queued", "retry"}

    async with listening(mailbox, port=mailbox.port):
        await office.an_hour_passes()
    assert Counter(mail["To"].addresses[0].username for mail in mailbox.accepted) == {
        "lukun": 2,  # the one that found out that the server is back, and the others in one
        "shenzhijun": 1,
    }
    assert "您有29条消息" in {mail["Subject"] for mail in mailbox.accepted}
    states = Counter(sent.state for sent in await office.deliveries())
    assert states["sent"] + states["merged"] == sum(states.values())


async def test_while_it_is_away_almost_nothing_is_tried_and_nothing_counts(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(30)))
    await office.an_hour_passes()
    rows = [row for row, _ in await office.rows() if row.channel == "mail"]
    assert {row.failures for row in rows} == {0}
    first_pass, probes = 30, 12  # 30 s, 1, 2, 4, 8 and then every 10 minutes
    assert 0 < sum(row.attempts for row in rows) <= first_pass + probes
    away = await state(office)
    assert away.closed_until is not None
    assert "connect" in away.last_error


async def test_what_was_over_before_it_came_back_is_never_sent(
    office: PostOffice, mailbox: Mailbox
) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task, returned())
    await office.an_hour_passes()
    await office.deliver(closed(task))
    async with listening(mailbox, port=mailbox.port):
        await office.an_hour_passes()
    assert [mail["Subject"] for mail in mailbox.accepted] == ["您的申请被退回，请修改后重新提交"]


async def test_a_server_that_is_back_is_given_more_and_more(
    office: PostOffice, mailbox: Mailbox
) -> None:
    people = newcomers(100)
    everyone = [Person(id=one.person_id, name=one.name) for one in people]
    await office.deliver(*people, assigned(*everyone))
    await office.an_hour_passes()
    taken: list[int] = []
    async with listening(mailbox, port=mailbox.port):
        office.clock.stop()
        office.clock.advance(minutes=11)
        for _ in range(90):
            await office.dispatch()
            taken.append(len(mailbox.accepted))
            office.clock.advance(seconds=1)
    in_ten_seconds = [later - before for before, later in zip(taken, taken[10:], strict=False)]
    assert taken[0] == 1  # one finds out
    assert taken[10] <= 1 + 16
    assert max(in_ten_seconds[:10]) < max(in_ten_seconds[20:40])
    assert taken[-1] == 100
    assert (await state(office)).closed_until is None


async def test_one_probe_at_a_time_finds_out(office: PostOffice, mailbox: Mailbox) -> None:
    await office.deliver(*newcomers(0), *EVERYONE, *(assigned(CLERK) for _ in range(5)))
    await office.an_hour_passes()
    before = {row.id: row.attempts for row, _ in await office.rows()}
    office.clock.advance(minutes=11)
    await office.dispatch()
    await office.dispatch()
    after = {row.id: row.attempts for row, _ in await office.rows()}
    assert sum(after.values()) - sum(before.values()) == 1


async def test_what_only_one_has_is_not_made_a_digest(office: PostOffice, mailbox: Mailbox) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK, node=OFFICE), withdrawn(CLERK))
    await office.deliver(assigned(CLERK, node=COUNTERSIGN))
    await office.an_hour_passes()
    async with listening(mailbox, port=mailbox.port):
        await office.an_hour_passes()
    assert len(mailbox.accepted) == 3
    assert not [mail for mail in mailbox.accepted if "条消息" in mail["Subject"]]


async def test_wechat_that_was_in_trouble_for_an_hour_loses_nothing_and_floods_nobody(
    opened: Opened, tmp_path: Path, organisation_file: Path
) -> None:
    account = an_account()
    approved = approved_templates(tmp_path, Organisation.load(organisation_file))
    async with (
        serving(account.application()) as url,
        opened(
            wechat=wechat_settings(account, url),
            provider_templates=approved,
            breaker_opens_after=3,
            ramp_from=1,
        ) as office,
    ):
        await office.deliver(*EVERYONE)
        await bound(office, account, CLERK, OPENID)
        account.troubles.next.extend([Trouble.BAD_GATEWAY] * 1000)
        await office.deliver(*(assigned(CLERK) for _ in range(30)))
        await office.an_hour_passes()
        asked = 1000 - len(account.troubles.next)
        assert (account.sent, asked <= 30 + 12) == ([], True)  # one pass, and then the probes

        account.troubles.next.clear()
        await office.an_hour_passes()
        assert [sent.template for sent in account.sent] == ["T-task_assigned", "T-digest"]
        rows = [row for row, _kind in await office.rows() if row.channel == "wechat"]
        assert Counter(row.state for row in rows) == {"sent": 2, "merged": 29}
        assert {row.failures for row in rows} == {0}
