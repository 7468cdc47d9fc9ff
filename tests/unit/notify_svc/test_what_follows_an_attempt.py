from datetime import UTC, datetime, timedelta

from notify_svc.domain import Next, Outcome, Patience, Result, State, after

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PATIENCE = Patience(
    delays=(timedelta(seconds=30), timedelta(minutes=2)), before_resend=timedelta(minutes=10)
)


def follows(outcome: Outcome, *, attempts: int = 1, resent: bool = False) -> Next:
    result = Result(outcome, "451 at rcpt")
    return after(result, attempts=attempts, resent=resent, now=NOW, patience=PATIENCE)


def test_what_the_provider_took_is_delivered() -> None:
    assert follows(Outcome.ACCEPTED) == Next(State.DELIVERED, None, "")


def test_what_is_refused_has_failed_at_once_and_says_why() -> None:
    assert follows(Outcome.REFUSED) == Next(State.FAILED, None, "451 at rcpt")


def test_what_may_pass_later_is_tried_again_with_a_growing_delay_until_it_has_failed() -> None:
    waits = [follows(Outcome.RETRY, attempts=attempts) for attempts in (1, 2)]
    assert [(next_.state, next_.due_at) for next_ in waits] == [
        (State.RETRY, NOW + timedelta(seconds=30)),
        (State.RETRY, NOW + timedelta(minutes=2)),
    ]
    last = follows(Outcome.RETRY, attempts=3)
    assert (last.state, last.due_at) == (State.FAILED, None)
    assert "3 attempts" in last.reason


def test_what_may_have_gone_out_is_sent_once_more_and_no_oftener() -> None:
    first = follows(Outcome.UNKNOWN)
    assert (first.state, first.due_at) == (State.UNKNOWN, NOW + timedelta(minutes=10))
    second = follows(Outcome.UNKNOWN, attempts=2, resent=True)
    assert (second.state, second.due_at) == (State.FAILED, None)
