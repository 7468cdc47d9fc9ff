"""Signing in and out, and what ends a session."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from gateway.models import Session, SignInAttempt
from tests.service.gateway.conftest import PASSWORD, browser, person, sign_in


async def moved(trial, table, **columns):
    """Sets times back, so that no test has to wait for them."""
    async with trial.runtime.database.session() as session:
        await session.execute(update(table).values(**columns))


def ago(**duration):
    return datetime.now(UTC) - timedelta(**duration)


async def test_signing_in_opens_a_session_and_signing_out_ends_it(gateway):
    async with gateway() as trial, browser(trial) as client:
        assert (await client.get("/api/session")).json()["code"] == "not_signed_in"
        signed_in = await sign_in(client)
        assert signed_in.status_code == 200
        wang = {"id": str(person("wangfang").person_id), "name": "王芳", "login": "wangfang"}
        assert signed_in.json() == wang
        assert (await client.get("/api/session")).json() == wang
        stolen = client.cookies["sid"]
        assert (await client.delete("/api/session")).status_code == 204
        assert "sid" not in client.cookies
        answer = await client.get("/api/session", headers={"cookie": f"sid={stolen}"})
        assert answer.status_code == 401


async def test_only_a_digest_of_the_session_id_is_kept(gateway):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        async with trial.runtime.database.session() as session:
            kept = (await session.scalars(select(Session.digest))).one()
        assert client.cookies["sid"] not in kept
        answer = await client.get("/api/session", headers={"cookie": f"sid={kept}"})
        assert answer.status_code == 401


async def test_signing_in_again_changes_the_session_id_and_ends_the_old_one(gateway):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        before = client.cookies["sid"]
        await sign_in(client)
        assert client.cookies["sid"] != before
        client.cookies.clear()
        answer = await client.get("/api/session", headers={"cookie": f"sid={before}"})
        assert answer.status_code == 401
        assert await trial.count(Session) == 1


async def test_a_session_id_that_someone_planted_is_not_taken_over(gateway):
    async with gateway() as trial, browser(trial) as client:
        client.cookies.set("sid", "planted-by-someone-else")
        answer = await sign_in(client)
        assert "planted" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("login", "password"),
    [("wangfang", "wrong"), ("nobody", PASSWORD), ("lina", PASSWORD), ("wangfang", PASSWORD + " ")],
)
async def test_wrong_unknown_and_departed_get_the_same_answer(gateway, login, password):
    async with gateway() as trial, browser(trial) as client:
        await trial.deliver(person("lina", active=False))
        answer = await sign_in(client, login, password)
        assert answer.status_code == 401
        assert answer.json() == {
            "type": "about:blank",
            "title": "用户名或密码不正确",
            "status": 401,
            "code": "bad_credentials",
        }
        assert "set-cookie" not in answer.headers


async def test_without_a_demonstration_password_no_password_is_right(gateway):
    async with gateway(demonstration_password=None) as trial, browser(trial) as client:
        assert (await sign_in(client, password=PASSWORD)).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"login": "wangfang"}, "password"),
        ({"login": "", "password": "x"}, "login"),
        ({"login": "x" * 65, "password": "x"}, "login"),
        ({"login": "wangfang", "password": "x" * 257}, "password"),
        ({"login": "wangfang", "password": "x", "person_id": "1"}, "person_id"),
        ({"login": {"$ne": ""}, "password": "x"}, "login"),
    ],
)
async def test_a_malformed_sign_in_names_the_field(gateway, body, field):
    async with gateway() as trial, browser(trial) as client:
        answer = await client.post("/api/session", json=body)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_huge_sign_in_is_refused_unread(gateway):
    async with gateway() as trial, browser(trial) as client:
        answer = await client.post("/api/session", json={"login": "x" * 9000, "password": "x"})
        assert answer.status_code == 413


async def test_the_sixth_wrong_password_within_a_minute_is_not_looked_at(gateway):
    async with gateway() as trial, browser(trial) as client:
        for _ in range(5):
            assert (await sign_in(client, password="wrong")).status_code == 401
        refused = await sign_in(client)
        assert refused.status_code == 429
        assert refused.json()["code"] == "too_many_attempts"
        assert 1 <= refused.json()["retry_after_seconds"] <= 60
        assert refused.headers["retry-after"] == str(refused.json()["retry_after_seconds"])
        async with browser(trial, address="198.51.100.1") as elsewhere:
            assert (await sign_in(elsewhere, "WangFang ")).status_code == 429
        await moved(trial, SignInAttempt, at=ago(seconds=61))
        assert (await sign_in(client)).status_code == 200


async def test_attempts_on_many_logins_count_against_their_address(gateway):
    async with gateway(attempts_per_address=3) as trial, browser(trial) as client:
        for login in ("a", "b", "c"):
            assert (await sign_in(client, login, "guess")).status_code == 401
        assert (await sign_in(client)).status_code == 429
        async with browser(trial, address="198.51.100.1") as elsewhere:
            assert (await sign_in(elsewhere)).status_code == 200


async def test_guesses_at_the_same_moment_count_each_other(gateway):
    async with gateway() as trial, browser(trial) as client:
        answers = await asyncio.gather(*(sign_in(client, password="wrong") for _ in range(20)))
        looked_at = [answer for answer in answers if answer.status_code == 401]
        assert len(looked_at) <= 5
        assert {answer.status_code for answer in answers} <= {401, 429}


async def test_right_passwords_count_against_nobody(gateway):
    async with gateway() as trial, browser(trial) as client:
        for _ in range(7):
            assert (await sign_in(client)).status_code == 200
        assert await trial.count(SignInAttempt) == 0


async def test_what_was_typed_as_a_login_is_not_kept(gateway):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client, "my secret password", "x")
        async with trial.runtime.database.session() as session:
            kept = (await session.scalars(select(SignInAttempt.subject))).all()
        assert len(kept) == 2
        assert not any("secret" in subject or "192.0.2" in subject for subject in kept)


@pytest.mark.parametrize(
    "times", [{"seen_at": ago(minutes=31)}, {"opened_at": ago(hours=12, seconds=1)}]
)
async def test_an_idle_or_an_old_session_is_over(gateway, times):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        await moved(trial, Session, **times)
        assert (await client.get("/api/session")).status_code == 401
        [clear] = trial.runtime.service.jobs
        await clear.run(trial.runtime)
        assert await trial.count(Session) == 0


async def test_using_a_session_keeps_it_from_going_idle(gateway):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        await moved(trial, Session, seen_at=ago(minutes=29))
        assert (await client.get("/api/session")).status_code == 200
        async with trial.runtime.database.session() as session:
            assert await session.scalar(select(Session.seen_at)) > ago(minutes=1)


async def test_whoever_leaves_is_signed_out_at_once(gateway):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        await trial.deliver(person("wangfang", active=False))
        assert (await client.get("/api/session")).status_code == 401
        assert await trial.count(Session) == 0
        await trial.deliver(person("wangfang"))
        assert (await client.get("/api/session")).status_code == 401
        assert (await sign_in(client)).status_code == 200


async def test_news_that_come_late_change_nothing(gateway):
    async with gateway(people=()) as trial, browser(trial) as client:
        left = trial.envelope(person("wangfang", active=False, changed_at=ago(minutes=1)))
        await trial.deliver(person("wangfang", name="王芳芳"))
        await trial.deliver(left)
        assert (await sign_in(client)).json()["name"] == "王芳芳"


async def test_a_login_given_to_another_person_opens_nothing_of_the_first_ones(gateway):
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        successor = person("wangfang", person_id=uuid4(), name="王方")
        await trial.deliver(successor)
        assert (await client.get("/api/session")).status_code == 401
        assert (await sign_in(client)).json()["id"] == str(successor.person_id)
        late = person(
            "wangfang", changed_at=ago(seconds=0) - timedelta(minutes=1), person_id=uuid4()
        )
        await trial.deliver(late)
        assert (await sign_in(client)).json()["id"] == str(successor.person_id)


async def test_two_people_may_swap_their_logins(gateway):
    async with gateway(people=("wangfang", "lina")) as trial, browser(trial) as client:
        wang, li = person("wangfang").person_id, person("lina").person_id
        await trial.deliver(person("lina", person_id=wang), person("wangfang", person_id=li))
        assert (await sign_in(client, "wangfang")).json()["id"] == str(li)
        assert (await sign_in(client, "lina")).json()["id"] == str(wang)


@pytest.fixture
def type_in(monkeypatch, tmp_path):
    """Puts a line on the operator's standard input."""
    file = tmp_path / "typed"

    def typed(line):
        file.write_text(line + "\n", "utf-8")
        monkeypatch.setattr("sys.stdin", file.open(encoding="utf-8"))

    yield typed
    sys.stdin.close()


async def set_password(trial, *arguments):
    [command] = trial.runtime.service.commands
    await command.run(trial.runtime, arguments)


async def test_an_operator_sets_a_password_and_the_person_signs_in_with_it(gateway, type_in):
    type_in("correct horse battery")
    async with gateway() as trial, browser(trial) as client:
        await sign_in(client)
        await set_password(trial, "wangfang")
        assert (await client.get("/api/session")).status_code == 401
        assert (await sign_in(client)).status_code == 401
        assert (await sign_in(client, password="correct horse battery")).status_code == 200


@pytest.mark.parametrize(
    ("typed", "arguments", "says"),
    [
        ("long enough", ("nobody",), "no account"),
        ("short", ("wangfang",), "8 to 256"),
        ("long enough", (), "LOGIN"),
    ],
)
async def test_a_password_that_cannot_be_set_is_refused_with_the_reason(
    gateway, type_in, typed, arguments, says
):
    type_in(typed)
    async with gateway() as trial:
        with pytest.raises(SystemExit, match=says):
            await set_password(trial, *arguments)
