"""Who may read, learnt from events in whatever order they come."""

from datetime import timedelta

from shared.contracts.directory import HeldPost, PersonChanged
from shared.contracts.people import Person, Post, Unit
from shared.database import new_id
from shared.readers import may_read
from shared.testing import Trial
from tests.unit.document_svc.examples import SIGNED_AT, unit

AUDITOR = Person(id=new_id(), name="解敬安")


def auditor_changed(*, active: bool, after: timedelta = timedelta(0)) -> PersonChanged:
    audit = HeldPost(unit=Unit(id=unit("财务部").id, name="财务部"), post=Post.AUDITOR)
    return PersonChanged(
        person_id=AUDITOR.id,
        login="xie",
        name=AUDITOR.name,
        mobile=None,
        email=None,
        active=active,
        posts=(audit,) if active else (),
        changed_at=SIGNED_AT + after,
    )


async def reads_everything(trial: Trial) -> bool:
    async with trial.runtime.transaction() as tx:
        return await may_read(tx, new_id(), AUDITOR.id)


async def test_who_has_left_does_not_come_back_with_an_older_event(trial: Trial) -> None:
    came = trial.envelope(auditor_changed(active=True))
    left = trial.envelope(auditor_changed(active=False, after=timedelta(days=1)))
    await trial.deliver(left)
    assert not await reads_everything(trial)
    await trial.deliver(came)
    assert not await reads_everything(trial)
    assert await trial.waiting() == []


async def test_an_auditor_reads_everything_until_they_leave(trial: Trial) -> None:
    await trial.deliver(auditor_changed(active=True))
    assert await reads_everything(trial)
    await trial.deliver(auditor_changed(active=False))
    assert not await reads_everything(trial)
