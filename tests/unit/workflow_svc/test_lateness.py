"""超时 and 督办: reminds, escalates, never decides; who watches may urge."""

from datetime import timedelta

import pytest
from workflow_svc import copying, engine, errors, lateness
from workflow_svc.domain import Kind

from shared.contracts.workflow import OverdueStep, WhyCopied
from shared.errors import NotFound
from tests.unit.workflow_svc.world import (
    BAI,
    INTERVAL,
    LU,
    QIN,
    SHEN,
    STRANGER,
    Walk,
    flow_with,
    submitted,
)

HEADS = (QIN, LU, SHEN)


def late(walk: Walk) -> OverdueStep | None:
    outcome = lateness.notice(walk.state, walk.task(), HEADS, walk.now)
    walk.state, walk.happened = outcome.state, outcome.happened
    return walk.happened[0].step if walk.happened else None


def test_each_step_comes_once_and_nothing_is_decided() -> None:
    walk = submitted()
    task = walk.task()
    assert task.due_at is not None
    assert task.escalate_at is not None
    assert late(walk) is None
    walk.now = task.due_at
    assert late(walk) is OverdueStep.REMINDER
    assert walk.happened[0].people == ()
    assert late(walk) is None
    walk.now = task.escalate_at
    assert late(walk) is OverdueStep.ESCALATION
    assert walk.happened[0].people == (QIN,)  # not who is asked anyway, not the initiator
    assert late(walk) is None
    assert walk.state.node == "unit_office"
    assert lateness.next_step_at(walk.task()) is None


def test_after_a_long_silence_the_reminder_still_comes_first() -> None:
    walk = submitted()
    walk.now += timedelta(days=30)
    assert [late(walk), late(walk), late(walk)] == [
        OverdueStep.REMINDER,
        OverdueStep.ESCALATION,
        None,
    ]


def test_without_a_deadline_nothing_is_late() -> None:
    flow = flow_with(unit_office={"deadline": "", "escalate_after": ""})
    walk = Walk(flow=flow)
    walk.submit()
    walk.now += timedelta(days=30)
    assert late(walk) is None


def test_what_was_decided_is_late_no_more() -> None:
    walk = submitted()
    task = walk.task()
    walk.decide(LU)
    walk.now += timedelta(days=30)
    outcome = lateness.notice(walk.state, walk.state.task(task.id), HEADS, walk.now)
    assert outcome.happened == ()


def test_who_watches_may_urge_and_nobody_else() -> None:
    walk = submitted()
    watching = frozenset({STRANGER.id})
    urged = engine.urge(
        walk.state,
        walk.world,
        by=STRANGER,
        nodes=("unit_office",),
        interval=INTERVAL,
        watchers=watching,
    )
    assert urged.happened[0].by == STRANGER
    with pytest.raises(NotFound):
        engine.urge(
            walk.state,
            walk.world,
            by=BAI,
            nodes=("unit_office",),
            interval=INTERVAL,
            watchers=watching,
        )


def test_copying_tells_and_changes_nothing() -> None:
    walk = submitted()
    outcome = copying.copy(walk.state, by=LU, people=(STRANGER,), why=WhyCopied.COPY)
    assert outcome.state == walk.state
    assert [h.kind for h in outcome.happened] == [Kind.COPIED]
    assert copying.copy(walk.state, by=LU, people=(), why=WhyCopied.COPY).happened == ()


def test_what_was_withdrawn_is_copied_to_nobody() -> None:
    walk = submitted()
    walk.withdraw()
    with pytest.raises(errors.NotRunning):
        copying.copy(walk.state, by=LU, people=(STRANGER,), why=WhyCopied.COPY)
