"""What a mail server's reply means, by its code, its enhanced code and its stage."""

from datetime import UTC, datetime, timedelta

import pytest
from notify_svc.channels.mail.replies import Stage, meaning
from notify_svc.outcomes import Blame, Outcome

CONNECT, MAIL, RCPT, DATA, CONTENT = Stage
TROUBLE, RETRY = Outcome.TROUBLE, Outcome.RETRY
RECIPIENT, TEXT = Blame.RECIPIENT, Blame.CONTENT

REPLIES = [
    # before any mail
    (CONNECT, "421 4.3.2 too many connections", TROUBLE),
    (CONNECT, "451 4.7.0 later", TROUBLE),
    (CONNECT, "454 4.7.0 TLS not available", TROUBLE),
    (CONNECT, "554 5.7.1 no service for you", TROUBLE),
    (CONNECT, "220 what?", TROUBLE),
    # may pass later
    (RCPT, "450 4.2.1 mailbox busy", RETRY),
    (RCPT, "451 4.7.1 greylisted", RETRY),
    (RCPT, "451 local error", RETRY),
    (RCPT, "452 4.2.2 mailbox full", RETRY),
    (RCPT, "452 4.3.1 disk full", RETRY),
    (RCPT, "552 5.2.2 mailbox full", RETRY),
    (CONTENT, "552 mailbox full", RETRY),
    (DATA, "451 4.3.0 later", RETRY),
    (CONTENT, "452 4.3.1 disk full", RETRY),
    (CONTENT, "451 4.7.1 greylisted", RETRY),
    (MAIL, "451 4.3.0 later", RETRY),
    (MAIL, "452 4.3.1 disk full", RETRY),
    # the address
    (RCPT, "550 5.1.1 no such user", RECIPIENT),
    (RCPT, "550 no such user", RECIPIENT),
    (RCPT, "551 moved", RECIPIENT),
    (RCPT, "553 5.1.3 bad address", RECIPIENT),
    (RCPT, "550 5.1.10 null MX", RECIPIENT),
    (RCPT, "550 5.2.1 disabled", RECIPIENT),
    (RCPT, "550 5.4.4 no route to the domain", RECIPIENT),
    (CONTENT, "550 5.1.1 no such user after all", RECIPIENT),
    # the message
    (RCPT, "550 5.7.1 policy", TEXT),
    (RCPT, "554 5.7.1 blocked", TEXT),
    (RCPT, "554 no", TEXT),
    (CONTENT, "554 5.7.1 spam", TEXT),
    (CONTENT, "550 spam", TEXT),
    (CONTENT, "554 transaction failed", TEXT),
    (CONTENT, "550 5.6.0 bad media", TEXT),
    (MAIL, "552 5.3.4 too large", TEXT),
    (CONTENT, "552 5.3.4 too large", TEXT),
    (RCPT, "552 5.2.3 too large for the mailbox", TEXT),
    (DATA, "554 no valid recipients", TEXT),
]


@pytest.mark.parametrize(("stage", "reply", "expected"), REPLIES)
def test_what_a_reply_means(stage: Stage, reply: str, expected: Outcome | Blame) -> None:
    code, _, text = reply.partition(" ")
    result = meaning(stage, int(code), text)
    if isinstance(expected, Blame):
        assert (result.outcome, result.blame) == (Outcome.REFUSED, expected)
    else:
        assert (result.outcome, result.blame) == (expected, None)
    assert not result.at_once
    assert f"at {stage}" in result.reason


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_refused_sign_in_stops_everything_at_every_stage(stage: Stage, code: int) -> None:
    result = meaning(stage, code, "5.7.8 authentication failed")
    assert (result.outcome, result.at_once) == (TROUBLE, True)


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        (MAIL, "550 5.7.1 sender not allowed"),
        (MAIL, "553 5.1.8 sender's domain unknown"),
        (RCPT, "550 5.1.8 sender's domain unknown"),
        (CONTENT, "550 5.1.7 bad sender"),
        (RCPT, "503 5.5.1 out of order"),
        (DATA, "502 5.5.2 what?"),
    ],
)
def test_what_would_befall_every_mail_of_ours_stops_everything(stage: Stage, reply: str) -> None:
    code, _, text = reply.partition(" ")
    result = meaning(stage, int(code), text)
    assert (result.outcome, result.at_once) == (TROUBLE, True)


@pytest.mark.parametrize("stage", Stage)
def test_a_421_is_trouble_of_the_server_at_every_stage(stage: Stage) -> None:
    assert meaning(stage, 421, "4.3.2 closing").outcome is TROUBLE


@pytest.mark.parametrize(
    ("reply", "at_least"),
    [
        ("451 4.7.1 greylisted", timedelta(minutes=5)),
        ("452 4.2.2 full", timedelta(hours=1)),
        ("552 5.2.2 full", timedelta(hours=1)),
    ],
)
def test_greylists_and_full_mailboxes_get_their_time(reply: str, at_least: timedelta) -> None:
    code, _, text = reply.partition(" ")
    result = meaning(RCPT, int(code), text)
    assert result.retry_at is not None
    assert result.retry_at > datetime.now(UTC) + at_least - timedelta(seconds=5)


def test_the_servers_words_are_not_repeated() -> None:
    result = meaning(RCPT, 550, "5.1.1 <someone@example.edu>: unknown")
    assert (result.code, "someone" in result.reason) == ("550 5.1.1", False)
