"""What may have gone out never goes out twice; everything else is tried until it is of no use."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from notify_svc.outcomes import (
    ALWAYS,
    Capabilities,
    Errand,
    Next,
    Outcome,
    Past,
    Patience,
    Result,
    State,
    Terms,
    after,
    errand,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PATIENCE = Patience(
    delays=(30 * SECOND, 2 * MINUTE),
    before_resend=10 * MINUTE,
    asks=(MINUTE, 4 * MINUTE, 20 * MINUTE),
    trouble=30 * SECOND,
)
SILENT = Capabilities()
ASKED = Capabilities(can_be_asked=True)
SHORT_MEMORY = Capabilities(recognises=11 * MINUTE)
NEVER_FORGETS = Capabilities(recognises=ALWAYS)
UNSURE = Past(unknown_since=NOW)


def follows(
    outcome: Outcome,
    past: Past | None = None,
    *,
    can: Capabilities = SILENT,
    now: datetime = NOW,
    retry_at: datetime | None = None,
) -> Next:
    result = Result(outcome, "451 at rcpt", retry_at=retry_at)
    terms = Terms(can, PATIENCE, deadline=NOW + timedelta(hours=24), began=NOW - SECOND, now=now)
    return after(result, past or Past(), terms)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.ACCEPTED, State.SENT), (Outcome.DELIVERED, State.DELIVERED)],
)
def test_what_the_provider_took_is_sent(outcome: Outcome, state: State) -> None:
    assert follows(outcome) == Next(state, None, "", Past())


def test_what_is_refused_has_failed_at_once_and_says_why() -> None:
    assert follows(Outcome.REFUSED) == Next(State.FAILED, None, "451 at rcpt", Past())


def test_what_may_pass_later_is_tried_again_with_a_growing_delay_until_it_has_failed() -> None:
    first = follows(Outcome.RETRY)
    second = follows(Outcome.RETRY, first.past)
    assert [(next_.state, next_.at) for next_ in (first, second)] == [
        (State.RETRY, NOW + 30 * SECOND),
        (State.RETRY, NOW + 2 * MINUTE),
    ]
    last = follows(Outcome.RETRY, second.past)
    assert (last.state, last.at) == (State.FAILED, None)
    assert "3 attempts" in last.reason


def test_a_provider_that_says_when_is_not_tried_before() -> None:
    asked_for = NOW + timedelta(hours=1)
    assert follows(Outcome.RETRY, retry_at=asked_for).at == asked_for
    assert follows(Outcome.RETRY, retry_at=NOW + SECOND).at == NOW + 30 * SECOND


@pytest.mark.parametrize("outcome", [Outcome.WAIT, Outcome.TROUBLE, Outcome.QUOTA])
def test_what_is_not_the_messages_fault_never_counts_as_a_try(outcome: Outcome) -> None:
    what = follows(outcome, Past(failures=2))
    assert (what.state, what.past.failures) == (State.RETRY, 2)
    assert what.at == NOW + PATIENCE.trouble


def test_nothing_is_put_off_until_it_is_of_no_use() -> None:
    what = follows(Outcome.QUOTA, retry_at=NOW + timedelta(hours=25))
    assert (what.state, what.at) == (State.FAILED, None)
    assert "too late" in what.reason


def test_what_may_have_gone_out_through_a_provider_that_cannot_say_is_left_alone() -> None:
    what = follows(Outcome.UNKNOWN)
    assert (what.state, what.at) == (State.UNRESOLVED, None)
    assert errand(UNSURE, SILENT, NOW) is Errand.LEAVE


def test_a_provider_that_can_be_asked_is_asked_a_few_times_and_never_sent_to() -> None:
    past, waits = Past(), []
    for _ in PATIENCE.asks:
        what = follows(Outcome.UNKNOWN, past, can=ASKED)
        assert what.state is State.UNKNOWN
        assert errand(what.past, ASKED, NOW + timedelta(days=1)) is Errand.ASK
        waits.append(what.at)
        past = what.past
    assert waits == [NOW + wait for wait in PATIENCE.asks]
    assert follows(Outcome.UNKNOWN, past, can=ASKED).state is State.UNRESOLVED


def test_what_a_provider_says_twice_it_never_saw_is_sent_anew() -> None:
    first = follows(Outcome.UNKNOWN, can=ASKED)
    second = follows(Outcome.NOT_SENT, first.past, can=ASKED)
    assert second.state is State.UNKNOWN
    third = follows(Outcome.NOT_SENT, second.past, can=ASKED)
    assert (third.state, third.at, third.past) == (State.RETRY, NOW, Past(failures=1))
    assert errand(third.past, ASKED, NOW) is Errand.SEND


def test_a_provider_that_is_away_when_asked_is_asked_later() -> None:
    first = follows(Outcome.UNKNOWN, can=ASKED)
    what = follows(Outcome.TROUBLE, first.past, can=ASKED)
    assert (what.state, what.past) == (State.UNKNOWN, first.past)


def test_what_the_provider_would_recognise_is_sent_again_while_it_does() -> None:
    what = follows(Outcome.UNKNOWN, can=SHORT_MEMORY)
    assert (what.state, what.at) == (State.UNKNOWN, NOW + 10 * MINUTE)
    assert errand(what.past, SHORT_MEMORY, NOW + 10 * MINUTE) is Errand.SEND
    assert errand(what.past, SHORT_MEMORY, NOW + 11 * MINUTE) is Errand.LEAVE
    again = follows(Outcome.UNKNOWN, what.past, can=SHORT_MEMORY, now=NOW + 10 * MINUTE)
    assert again.state is State.UNRESOLVED


def test_the_memory_of_a_provider_counts_from_the_first_try() -> None:
    what = follows(
        Outcome.UNKNOWN, replace(UNSURE, failures=1), can=NEVER_FORGETS, now=NOW + MINUTE
    )
    assert what.past.unknown_since == NOW


def test_even_what_is_always_recognised_is_not_sent_for_ever() -> None:
    worn = Past(failures=2, unknown_since=NOW)
    assert follows(Outcome.UNKNOWN, worn, can=NEVER_FORGETS).state is State.UNRESOLVED


def test_a_resend_that_certainly_failed_leaves_the_first_try_unknown() -> None:
    what = follows(Outcome.RETRY, UNSURE, can=NEVER_FORGETS)
    assert (what.state, what.past.unknown_since) == (State.UNKNOWN, NOW)
    worn = replace(UNSURE, failures=2)
    assert follows(Outcome.RETRY, worn, can=NEVER_FORGETS).state is State.UNRESOLVED
