"""What a mail server's reply means, at the stage at which it came.

By its code (RFC 5321) and, where there is one, its enhanced status code (RFC 3463), which tells a
full mailbox from a wrong address and a wrong address from a policy.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from notify_svc.outcomes import Blame, Outcome, Result

ENHANCED = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")

SIGN_IN = frozenset({530, 534, 535, 538})  # ours is refused, which an operator mends
NOT_SPOKEN = frozenset({500, 501, 502, 503, 504})  # it does not understand us

GREYLISTED_FOR = timedelta(minutes=5)
FULL_FOR = timedelta(hours=1)


class Stage(StrEnum):
    CONNECT = "connect"  # greeting, EHLO, STARTTLS, sign-in
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # before it has seen anything of the content
    CONTENT = "content"


def meaning(stage: Stage, code: int, text: str) -> Result:
    """Of a reply that is no yes. The text is not repeated: servers put addresses into theirs."""
    enhanced = _enhanced(text)
    said = f"{code} {'.'.join(map(str, enhanced))}" if enhanced else str(code)
    reason = f"the mail server answered {said} at {stage}"
    if code in SIGN_IN:
        return Result(Outcome.TROUBLE, f"{reason}: our sign-in", said, at_once=True)
    if stage is Stage.CONNECT or code == 421 or code < 400:
        return Result(Outcome.TROUBLE, reason, said)
    about = enhanced[1:] if enhanced else ()
    if about == (2, 2) or (code in (452, 552) and not enhanced and stage is not Stage.MAIL):
        return _later(f"{reason}: the mailbox is full", said, FULL_FOR)
    if code < 500:
        wait = GREYLISTED_FOR if about == (7, 1) else None
        return _later(reason, said, wait)
    return _refused(stage, code, about, reason, said)


def _refused(stage: Stage, code: int, about: tuple[int, ...], reason: str, said: str) -> Result:
    if about == (3, 4):
        return Result(Outcome.REFUSED, f"{reason}: it is too large", said, blame=Blame.CONTENT)
    if stage is Stage.MAIL or code in NOT_SPOKEN:
        # It would refuse every other mail of ours as well.
        return Result(Outcome.TROUBLE, f"{reason}: our sender", said, at_once=True)
    blame = Blame.CONTENT
    if about:
        of_the_address = (about[0] in (1, 2) and about != (2, 3)) or about == (4, 4)
        if about in ((1, 7), (1, 8)):  # the sender's address
            return Result(Outcome.TROUBLE, f"{reason}: our sender", said, at_once=True)
        blame = Blame.RECIPIENT if of_the_address else Blame.CONTENT
    elif stage is Stage.RCPT and code in (550, 551, 553):
        blame = Blame.RECIPIENT
    if blame is Blame.RECIPIENT:
        reason += ": the address does not take mail"
    return Result(Outcome.REFUSED, reason, said, blame=blame)


def _later(reason: str, said: str, wait: timedelta | None) -> Result:
    at = datetime.now(UTC) + wait if wait is not None else None
    return Result(Outcome.RETRY, reason, said, retry_at=at)


def _enhanced(text: str) -> tuple[int, int, int] | None:
    found = ENHANCED.match(text)
    if found is None:
        return None
    kind, subject, detail = (int(part) for part in found.groups())
    return kind, subject, detail
