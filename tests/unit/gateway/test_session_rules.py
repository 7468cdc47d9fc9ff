"""How long a session lives, how often one may guess, what a password costs."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.cookie import SessionCookie
from gateway.domain import (
    digest,
    new_session_id,
    normal_login,
    seconds_to_wait,
    session_lives,
)
from gateway.passwords import Passwords

NOW = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("opened", "seen", "lives"),
    [
        (HOUR, SECOND, True),
        (HOUR, 30 * MINUTE - SECOND, True),
        (HOUR, 30 * MINUTE, False),
        (12 * HOUR - SECOND, SECOND, True),
        (12 * HOUR, SECOND, False),
    ],
)
def test_a_session_ends_after_half_an_hour_unused_or_twelve_hours(opened, seen, lives):
    assert session_lives(opened_at=NOW - opened, seen_at=NOW - seen, now=NOW) is lives


def test_session_ids_are_256_random_bits_and_only_a_digest_is_kept():
    ids = {new_session_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(session_id) == 43 for session_id in ids)
    assert all(len(digest(session_id)) == 64 for session_id in ids)


def test_a_login_is_the_same_in_capitals_and_with_blanks_around_it():
    assert normal_login("  Wang.Fang ") == "wang.fang"


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=value) for value in seconds]


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [
        (ago(0), 0),
        (ago(0, 1, 2, 3, 4), 0),  # the fifth is looked at
        (ago(0, 1, 2, 3, 4, 5), 55),  # the sixth waits until the oldest is a minute old
        (ago(0, 1, 2, 3, 4, 59.5), 1),
        (ago(0, 1, 2, 3, 4, 60), 0),
    ],
)
def test_a_sixth_guess_within_a_minute_waits(attempts, wait):
    assert seconds_to_wait(attempts, limit=5, now=NOW) == wait


def cookie_line(response: Response) -> str:
    return response.headers["set-cookie"]


def test_over_https_the_cookie_is_bound_to_the_host_and_secure():
    response = Response()
    SessionCookie(https=True).write(response, "abc")
    line = cookie_line(response)
    assert line.startswith("__Host-sid=abc;")
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribute in line
    assert "Domain" not in line


def test_without_https_the_cookie_is_still_out_of_scripts_reach():
    response = Response()
    SessionCookie(https=False).write(response, "abc")
    assert cookie_line(response).startswith("sid=abc;")
    assert "HttpOnly" in cookie_line(response)
    assert "Secure" not in cookie_line(response)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("sid=abc", "abc"),
        ("a=1; sid=abc; b=2", "abc"),
        ("sid=abc; sid=abc", "abc"),
        ("sid=abc; sid=def", None),  # one of them was planted: which one is unknown
        ("sid=", None),
        ("SID=abc", None),
        ("__Host-sid=abc", None),
        ("sid=" + "x" * 101, None),
        ("", None),
    ],
)
def test_reading_the_cookie(sent, read):
    assert SessionCookie(https=False).read(Headers({"cookie": sent})) == read


async def test_a_password_of_ones_own_counts_and_the_demonstrations_does_not():
    passwords = await Passwords.open("demo-password")
    own = await passwords.hash("my own secret")
    assert own.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.match("my own secret", own, account_exists=True)
    assert not await passwords.match("demo-password", own, account_exists=True)


async def test_an_account_without_a_password_has_the_demonstrations_one_or_none():
    demonstration = await Passwords.open("demo-password")
    assert await demonstration.match("demo-password", None, account_exists=True)
    assert not await demonstration.match("demo-password", None, account_exists=False)
    assert not await demonstration.match("wrong", None, account_exists=True)
    earnest = await Passwords.open(None)
    assert not await earnest.match("demo-password", None, account_exists=True)


async def test_an_unknown_login_costs_as_much_work_as_a_known_one():
    passwords = await Passwords.open(None)
    kept = await passwords.hash("secret")

    async def fastest(*, account_exists: bool) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            await passwords.match("guess", kept, account_exists=account_exists)
            times.append(time.perf_counter() - begun)
        return min(times)

    # Without the work it would be a hundredth.
    assert await fastest(account_exists=False) > 0.3 * await fastest(account_exists=True)


async def test_a_broken_hash_matches_nothing():
    passwords = await Passwords.open(None)
    assert not await passwords.match("x", "not a hash", account_exists=True)
