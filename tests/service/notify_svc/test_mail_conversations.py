"""The conversation with a mail server, step by step, with one that breaks it off at each."""

import asyncio
import base64
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from notify_svc.channels import Parcel
from notify_svc.channels.mail import From, Mail, MailSettings
from notify_svc.domain import Kind, Message
from notify_svc.outcomes import Blame, Outcome
from pydantic import SecretStr, ValidationError

from shared.database import new_id
from tests.service.notify_svc.smtp_server import Mailbox, listening
from tests.service.notify_svc.test_mail import certificate_of_this_machine

SENDER = From("process@chenglan.example", "澄岚大学", ZoneInfo("Asia/Shanghai"))
HANG_UP, SILENCE = "hang up", "silence"
USUAL = {"EHLO": "250 hello", "DATA": "354 go on", "QUIT": "221 bye"}


class Conversation:
    """A server that answers each step as told, and otherwise as a server should."""

    def __init__(self) -> None:
        self.told: defaultdict[str, deque[str]] = defaultdict(deque)  # step → replies
        self.steps: list[str] = []
        self.contents: list[bytes] = []
        self.connections = 0
        self.released = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        if not await self._answer("GREETING", "220 ready", writer):
            return
        while line := await reader.readline():
            step = line.decode().split()[0].upper()
            usual = {"EHLO": "250 hello", "DATA": "354 go on", "QUIT": "221 bye"}.get(
                step, "250 ok"
            )
            if not await self._answer(step, usual, writer):
                return
            if step == "DATA" and self.steps[-1] == "DATA 354":
                self.contents.append(await reader.readuntil(b"\r\n.\r\n"))
                if not await self._answer("CONTENT", "250 taken", writer):
                    return
        writer.close()

    def hang_up_all(self) -> None:
        """As after an idle time, or when the server is started again."""
        for writer in self._writers:
            writer.transport.abort()

    async def _answer(self, step: str, usual: str, writer: asyncio.StreamWriter) -> bool:
        reply = self.told[step].popleft() if self.told[step] else usual
        self.steps.append(f"{step} {reply[:3]}")
        if reply == HANG_UP:
            writer.transport.abort()
            return False
        if reply == SILENCE:
            await self.released.wait()
            writer.transport.abort()
            return False
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return True


@pytest.fixture
async def server() -> AsyncIterator[Conversation]:
    conversation = Conversation()
    yield conversation
    conversation.released.set()


Talking = Callable[..., Any]


@pytest.fixture
def talking(server: Conversation) -> Talking:
    """Opens the channel to the server, with settings of the test's own."""

    @asynccontextmanager
    async def open_(**settings: Any) -> AsyncIterator[Mail]:
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listener:
            port = listener.sockets[0].getsockname()[1]
            plain = {"host": "127.0.0.1", "port": port, "starttls": False, "seconds": 5}
            mail = Mail(MailSettings(**{**plain, **settings}), SENDER)
            try:
                yield mail
            finally:
                await mail.close()
                server.hang_up_all()

    return open_


@pytest.fixture
async def mail(talking: Talking) -> AsyncIterator[Mail]:
    async with talking() as mail:
        yield mail


def parcel(text: str = "请办理。") -> Parcel:
    return Parcel(
        delivery_id=new_id(),
        to="lukun@chenglan.example",
        person_name="陆坤",
        message=Message("您有新的任务需要处理", text, f"<p>{text}</p>"),
        written_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        kind=Kind.TASK_ASSIGNED,
    )


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("trouble", [HANG_UP, SILENCE])
async def test_what_breaks_before_the_content_goes_out_was_not_sent(
    talking: Talking, server: Conversation, step: str, trouble: str
) -> None:
    server.told[step].append(trouble)
    async with talking(seconds=0.3) as mail:
        result = await mail.send(parcel())
        assert (result.outcome, server.contents) == (Outcome.TROUBLE, [])
        assert not result.at_once
        assert (await mail.send(parcel())).outcome is Outcome.ACCEPTED
    assert len(server.contents) == 1


@pytest.mark.parametrize("trouble", [HANG_UP, SILENCE])
async def test_what_breaks_after_the_dot_may_have_been_sent(
    talking: Talking, server: Conversation, trouble: str
) -> None:
    server.told["CONTENT"].append(trouble)
    async with talking(seconds=0.3) as mail:
        result = await mail.send(parcel())
        assert (result.outcome, len(server.contents)) == (Outcome.UNKNOWN, 1)
        assert "after the content" in result.reason


async def test_a_connection_is_kept_for_the_next_mail(mail: Mail, server: Conversation) -> None:
    for _ in range(3):
        assert (await mail.send(parcel())).outcome is Outcome.ACCEPTED
    assert (server.connections, len(server.contents)) == (1, 3)
    assert server.steps.count("RSET 250") == 2


async def test_mails_at_once_do_not_share_a_connection_and_leave_theirs_to_others(
    mail: Mail, server: Conversation
) -> None:
    for _ in range(2):
        results = await asyncio.gather(*(mail.send(parcel()) for _ in range(5)))
        assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert len(server.contents) == 10
    assert server.connections <= 5


async def test_a_kept_connection_that_the_server_has_closed_costs_nothing(
    mail: Mail, server: Conversation
) -> None:
    await mail.send(parcel())
    server.hang_up_all()
    assert (await mail.send(parcel())).outcome is Outcome.ACCEPTED
    assert (server.connections, len(server.contents)) == (2, 2)


@pytest.mark.parametrize("step", ["RSET", "MAIL", "RCPT", "DATA"])
async def test_a_kept_connection_that_breaks_before_the_content_is_replaced(
    mail: Mail, server: Conversation, step: str
) -> None:
    await mail.send(parcel())
    server.told[step].append(HANG_UP)
    assert (await mail.send(parcel())).outcome is Outcome.ACCEPTED
    assert (server.connections, len(server.contents)) == (2, 2)


async def test_a_kept_connection_that_breaks_after_the_content_is_not_sent_over_again(
    mail: Mail, server: Conversation
) -> None:
    await mail.send(parcel())
    server.told["CONTENT"].append(HANG_UP)
    assert (await mail.send(parcel())).outcome is Outcome.UNKNOWN
    assert len(server.contents) == 2


async def test_a_kept_connection_has_an_end(talking: Talking, server: Conversation) -> None:
    async with talking(mails_per_connection=2) as mail:
        for _ in range(4):
            await mail.send(parcel())
    assert (server.connections, len(server.contents)) == (2, 4)
    async with talking(idle_seconds=0) as mail:
        for _ in range(2):
            await mail.send(parcel())
    assert server.connections == 4


async def test_a_421_ends_the_connection_and_a_550_does_not(
    mail: Mail, server: Conversation
) -> None:
    server.told["DATA"].append("421 4.3.2 closing")
    assert (await mail.send(parcel())).outcome is Outcome.TROUBLE
    server.told["RCPT"].append("550 5.1.1 no such user")
    assert (await mail.send(parcel())).outcome is Outcome.REFUSED
    assert server.connections == 2
    assert (await mail.send(parcel())).outcome is Outcome.ACCEPTED
    assert (server.connections, len(server.contents)) == (2, 1)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "CONTENT"])
async def test_a_refused_mail_is_followed_by_others_on_the_same_connection(
    mail: Mail, server: Conversation, step: str
) -> None:
    server.told[step].append("552 5.3.4 too big")
    result = await mail.send(parcel())
    assert (result.outcome, result.blame) == (Outcome.REFUSED, Blame.CONTENT)
    assert (await mail.send(parcel())).outcome is Outcome.ACCEPTED
    assert server.connections == 1


async def test_what_people_wrote_arrives_as_it_is() -> None:
    text = "第一行\n.\n..两点\n.htaccess\n" + "长" * 2000
    async with listening(Mailbox()) as mailbox:
        settings = MailSettings(host="127.0.0.1", port=mailbox.port, starttls=False)
        mail = Mail(settings, SENDER)
        await mail.send(parcel(text))
        await mail.close()
    body = mailbox.accepted[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()


async def test_an_address_is_never_repeated_in_a_reason(mail: Mail, server: Conversation) -> None:
    server.told["RCPT"].append("550 5.1.1 <lukun@chenglan.example> unknown")
    result = await mail.send(parcel())
    assert "lukun" not in result.reason
    assert result.code == "550 5.1.1"


async def test_a_stripped_starttls_is_named(talking: Talking, server: Conversation) -> None:
    async with talking(starttls=True) as mail:
        result = await mail.send(parcel())
    assert (result.outcome, result.at_once, server.contents) == (Outcome.TROUBLE, True, [])
    assert "STARTTLS" in result.reason


async def test_a_refused_sign_in_is_an_operators_matter(
    talking: Talking, server: Conversation
) -> None:
    server.told["EHLO"].append("250-hello\r\n250 AUTH PLAIN LOGIN")
    server.told["AUTH"].extend(["535 5.7.8 no", "535 5.7.8 no"])
    async with talking(user="process") as mail:
        result = await mail.send(parcel())
    assert (result.outcome, result.at_once) == (Outcome.TROUBLE, True)


@asynccontextmanager
async def encrypted(folder: Path) -> AsyncIterator[tuple[Mailbox, Path]]:
    certificate = certificate_of_this_machine(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with listening(Mailbox(), tls=tls) as mailbox:
        yield mailbox, certificate


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with encrypted(tmp_path) as (mailbox, certificate):
        known: dict[str, Any] = {"port": mailbox.port, "user": "u", "password": SecretStr("p")}
        trusting = Mail(MailSettings(host="127.0.0.1", certificates=certificate, **known), SENDER)
        assert (await trusting.send(parcel())).outcome is Outcome.ACCEPTED
        await trusting.close()
        for settings in (
            MailSettings(host="127.0.0.1", **known),  # signed by nobody we know
            MailSettings(host="localhost", certificates=certificate, **known),  # of another name
        ):
            mail = Mail(settings, SENDER)
            result = await mail.send(parcel())
            assert (result.outcome, result.at_once) == (Outcome.TROUBLE, True)
            assert "certificate" in result.reason
            await mail.close()
        assert len(mailbox.accepted) == 1


KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


async def test_a_signature_of_ours_can_be_verified(talking: Talking, server: Conversation) -> None:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    async with talking(dkim_selector="s1", dkim_key=PEM) as mail:
        assert (await mail.send(parcel("一\n.\n二"))).outcome is Outcome.ACCEPTED
    wire = server.contents[0].removesuffix(b".\r\n")
    assert dkim.verify(wire, dnsfunc=dns)
    assert asked == [b"s1._domainkey.chenglan.example."]
    assert not dkim.verify(wire.replace(b"chenglan", b"chenglam"), dnsfunc=dns)


@pytest.mark.parametrize(
    "wrong",
    [
        {"starttls": False, "password": "p"},
        {"tls": True, "starttls": True},
        {"dkim_key": PEM},
        {"dkim_selector": "s1"},
        {"more": 1},
    ],
)
def test_settings_that_cannot_be_right(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MailSettings(**{"host": "mail.example", **wrong})


def test_a_dkim_key_that_is_none_is_an_error_at_the_start() -> None:
    settings = MailSettings(host="x", dkim_selector="s1", dkim_key=SecretStr("no key"))
    with pytest.raises(ValueError, match="DKIM"):
        Mail(settings, SENDER)
