"""Mail against a real SMTP server, which also misbehaves."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from notify_svc.models import Attempt
from sqlalchemy import select

from shared.contracts.notify import Channel, Delivered, Failed
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with listening(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
async def office(opened: Opened, mailbox: Mailbox) -> AsyncIterator[PostOffice]:
    """notify-svc with a mail server; what is to be sent later waits until `make_due`."""
    async with opened(
        mail=plain(mailbox),
        retry_seconds=(3600, 3600),
        resend_seconds=3600,
    ) as office:
        yield office


async def outcomes(office: PostOffice) -> list[tuple[int, str | None]]:
    async with office.trial.runtime.database.session() as session:
        rows = await session.execute(
            select(Attempt.number, Attempt.outcome).order_by(Attempt.number)
        )
        return [(row.number, row.outcome) for row in rows]


async def test_a_task_arrives_as_a_mail(office: PostOffice, mailbox: Mailbox) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task)
    await office.dispatch()
    delivery = await office.delivery()
    (mail,) = mailbox.accepted
    assert mail["To"] == "陆坤 <lukun@chenglan.example>"
    assert mail["From"] == "澄岚大学 <process@chenglan.example>"
    assert mail["Subject"] == "您有新的任务需要处理"
    assert mail["Message-ID"] == f"<{delivery.id}@chenglan.example>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert f"/tasks/{task.task_id}" in text.get_content()
    assert delivery.state == "sent"
    assert await outcomes(office) == [(1, "accepted")]
    (delivered,) = await office.published(Delivered)
    assert (delivered.delivery_id, delivered.channel) == (delivery.id, Channel.MAIL)


async def test_each_recipient_gets_a_mail_of_their_own(
    office: PostOffice, mailbox: Mailbox
) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(30)))
    await office.dispatch()
    assert len({mail["Message-ID"] for mail in mailbox.accepted}) == 30
    assert {sent.state for sent in await office.deliveries()} == {"sent"}


@pytest.mark.parametrize("at", ["to_recipient", "to_content"])
async def test_a_451_is_tried_again_later_and_arrives_once(
    office: PostOffice, mailbox: Mailbox, at: str
) -> None:
    getattr(mailbox, at).append("451 4.7.1 greylisted")
    await office.deliver(*EVERYONE, assigned(CLERK))
    await office.dispatch()
    waiting = await office.delivery()
    assert (waiting.state, mailbox.accepted) == ("retry", [])
    assert "451" in waiting.reason
    await office.dispatch()
    assert mailbox.accepted == []  # it is not due yet

    await office.make_due()
    await office.dispatch()
    assert (await office.delivery()).state == "sent"
    assert len(mailbox.accepted) == 1
    assert await outcomes(office) == [(1, "retry"), (2, "accepted")]


@pytest.mark.parametrize("at", ["to_recipient", "to_content"])
async def test_a_550_has_failed_and_says_so(office: PostOffice, mailbox: Mailbox, at: str) -> None:
    getattr(mailbox, at).append("550 5.1.1 no such user")
    await office.deliver(*EVERYONE, assigned(CLERK))
    await office.dispatch()
    delivery = await office.delivery()
    assert (delivery.state, delivery.next_attempt_at) == ("failed", None)
    (failed,) = await office.published(Failed)
    assert failed.delivery_id == delivery.id
    assert "550" in failed.reason
    assert await office.published(Delivered) == []


async def test_one_refused_mail_does_not_hold_up_the_others(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.to_recipient.append("550 5.1.1 no such user")
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(5)))
    await office.dispatch()
    assert len(mailbox.accepted) == 4


async def test_a_server_that_is_away_is_waited_for(opened: Opened) -> None:
    mailbox = Mailbox()
    async with listening(mailbox):
        pass  # it was there, and its port is free now
    async with opened(mail=plain(mailbox)) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        assert (await office.delivery()).state == "retry"
        async with listening(mailbox, port=mailbox.port):
            await office.make_due()
            await office.dispatch()
        assert (await office.delivery()).state == "sent"
        assert len(mailbox.accepted) == 1


async def test_a_server_that_stays_away_is_waited_for_until_a_mail_would_be_of_no_use(
    opened: Opened,
) -> None:
    mailbox = Mailbox()
    async with listening(mailbox):
        pass
    async with opened(mail=plain(mailbox)) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        for _ in range(30):
            await office.make_due()
            await office.dispatch()
        assert (await office.delivery()).state == "retry"
        office.clock.advance(hours=25)
        await office.make_due()
        await office.dispatch()
        delivery = await office.delivery()
        assert (delivery.state, delivery.failures) == ("failed", 0)
        (failed,) = await office.published(Failed)
        assert "too late" in failed.reason


async def test_a_connection_lost_after_the_content_is_never_sent_again(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.hang_up_after_content = True
    await office.deliver(*EVERYONE, assigned(CLERK))
    for _ in range(3):
        await office.make_due()
        await office.dispatch()
    delivery = await office.delivery()
    assert delivery.state == "unresolved"
    assert delivery.unknown_since is not None
    assert len(mailbox.accepted) == 1
    assert await outcomes(office) == [(1, "unknown")]
    (failed,) = await office.published(Failed)
    assert failed.delivery_id == delivery.id


async def test_a_server_that_never_answers_costs_no_more_than_the_limit(opened: Opened) -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with (
        server,
        opened(
            mail={
                "host": "127.0.0.1",
                "port": server.sockets[0].getsockname()[1],
                "starttls": False,
                "seconds": 0.2,
            }
        ) as office,
    ):
        await office.deliver(*EVERYONE, assigned(CLERK))
        async with asyncio.timeout(5):
            await office.dispatch()
        assert (await office.delivery()).state == "retry"


async def test_a_service_that_is_stopped_waits_for_the_answer_to_what_it_has_sent(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.may_answer.clear()
    await office.deliver(*EVERYONE, assigned(CLERK))
    sending = asyncio.create_task(office.dispatch())
    await mailbox.got_content.wait()
    sending.cancel()
    asyncio.get_running_loop().call_soon(mailbox.may_answer.set)
    await asyncio.wait({sending})
    assert sending.cancelled()
    assert (await office.delivery()).state == "sent"


async def test_no_mail_leaves_in_clear_where_starttls_is_required(
    opened: Opened, mailbox: Mailbox
) -> None:
    async with opened(mail={**plain(mailbox), "starttls": True}) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        assert (await office.delivery()).state == "retry"
        assert mailbox.accepted == []


async def test_with_starttls_it_signs_in_and_the_mail_arrives(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_of_this_machine(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with (
        listening(Mailbox(), tls=tls) as mailbox,
        opened(
            mail={
                "host": "127.0.0.1",
                "port": mailbox.port,
                "user": "process",
                "password": "secret",
            }
        ) as office,
    ):
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        assert (await office.delivery()).reason == ""
        assert len(mailbox.accepted) == 1
        assert mailbox.sign_ins == [(b"process", b"secret")]


def certificate_of_this_machine(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
