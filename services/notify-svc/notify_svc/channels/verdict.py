"""What a provider's code means for us: made once for each code, in the tables of each channel."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from notify_svc.channels.http import Answer, NoAnswer, NotSent, NotUnderstood
from notify_svc.outcomes import Blame, Outcome, Result

SKEW_THAT_MATTERS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` is for an operator, in words. `wait`: how long to leave it alone, if that is known."""

    outcome: Outcome
    why: str
    blame: Blame | None = None
    at_once: bool = False
    wait: timedelta | None = None

    def result(self, code: str, *, answer: Answer | None = None) -> Result:
        """`answer` tells how far our clocks are apart, and how long the provider asks to wait."""
        wait = self.wait
        if answer is not None and answer.retry_after is not None:
            wait = max(answer.retry_after, wait or timedelta())
        return Result(
            self.outcome,
            "; ".join(part for part in (self.why, _clocks(answer)) if part),
            code=code,
            retry_at=datetime.now(UTC) + wait if wait is not None else None,
            blame=self.blame,
            at_once=self.at_once,
        )


def recipient(why: str) -> Verdict:
    """This person cannot be reached so."""
    return Verdict(Outcome.REFUSED, why, blame=Blame.RECIPIENT)


def enough(why: str) -> Verdict:
    """This one will not reach this person, and others may: another channel takes over."""
    return Verdict(Outcome.REFUSED, why)


def content(why: str) -> Verdict:
    """This message is not taken."""
    return Verdict(Outcome.REFUSED, why, blame=Blame.CONTENT)


def template(why: str) -> Verdict:
    """Messages of this kind are not taken until an operator mends their settings."""
    return Verdict(Outcome.REFUSED, why, blame=Blame.SETTINGS)


def settings(why: str) -> Verdict:
    """Nothing is taken until an operator mends our settings or our account."""
    return Verdict(Outcome.TROUBLE, why, at_once=True)


def busy(why: str) -> Verdict:
    """The provider is in trouble; it is over some time."""
    return Verdict(Outcome.TROUBLE, why)


def slower(why: str, wait: timedelta) -> Verdict:
    """Not now, for this person."""
    return Verdict(Outcome.WAIT, why, wait=wait)


def spent(why: str, wait: timedelta | None = None) -> Verdict:
    """Nothing more until then; without `wait` until tomorrow."""
    return Verdict(Outcome.QUOTA, why, wait=wait)


def unclear(why: str) -> Verdict:
    """It may have gone out."""
    return Verdict(Outcome.UNKNOWN, why)


TAKEN = Verdict(Outcome.ACCEPTED, "")


def without_answer(error: NotSent | NoAnswer) -> Result:
    if isinstance(error, NotSent):
        return Result(Outcome.TROUBLE, f"the provider could not be reached: {error}")
    return Result(Outcome.UNKNOWN, f"the provider did not answer: {error}")


def of_status(answer: Answer) -> Result | None:
    """What the HTTP status alone decides; None where the body must be read."""
    code = f"HTTP {answer.status}"
    match answer.status:
        case status if status < 400:
            return None
        case 504:  # a proxy waited for the provider as long as it would
            return unclear("the provider's own server did not answer it").result(code)
        case 429:
            wait = answer.retry_after or timedelta(minutes=1)
            return spent("too many requests", wait).result(code)
        case status if status >= 500:
            return busy("the provider is in trouble").result(code, answer=answer)
    return None


def not_understood(answer: Answer, error: NotUnderstood) -> Result:
    """Something else answered, or the provider speaks otherwise than it documents.

    An error status means that nothing was done; anything else leaves it open.
    """
    code = f"HTTP {answer.status}"
    if answer.status >= 400:
        return settings(f"unexpected answer: {error}").result(code)
    return unclear(f"unexpected answer: {error}").result(code)


def unanswered_question(result: Result) -> Result:
    """What keeps a provider from telling of a message says nothing about the message."""
    if result.outcome in (Outcome.TROUBLE, Outcome.QUOTA):
        return result
    return busy(f"could not be asked: {result.reason}").result(result.code)


def with_code(verdict: Verdict, answer: Answer, code: str, said: str = "") -> Result:
    """`said`: the provider's own words, which it keeps free of personal data."""
    why = f"{verdict.why} ({said})" if said and verdict.why else verdict.why or said
    return replace(verdict, why=why).result(code, answer=answer)


def _clocks(answer: Answer | None) -> str:
    if answer is None or answer.skew is None or abs(answer.skew) < SKEW_THAT_MATTERS:
        return ""
    seconds = int(answer.skew.total_seconds())
    return (
        f"; the provider's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} ours"
    )
