"""kill -9 between sending and committing: what may have gone out does not go out again."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.testing import eventually
from tests.conftest import ROOT
from tests.service.notify_svc.conftest import SECRET, Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain

AT_ONCE = 20
STARTS_WITHIN = 90  # seconds, and does what is due


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """It takes mails, and answers when a test lets it."""
    async with listening(Mailbox()) as mailbox:
        mailbox.may_answer.clear()
        yield mailbox
        mailbox.may_answer.set()


@pytest.fixture
async def office(opened: Opened, mailbox: Mailbox) -> AsyncIterator[PostOffice]:
    async with opened(mail=plain(mailbox)) as office:
        yield office


@asynccontextmanager
async def service(office: PostOffice, **settings: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """notify-svc as a process of its own on the office's database; killed at the end at the
    latest."""
    own = office.trial.runtime.settings
    told = {
        "database_url": own.database_url,
        "bus_url": "local://of-the-process",
        "files_url": own.files_url,
        "organisation_file": str(own.organisation_file),
        "identity_public_key": str(own.identity_public_key),
        "port": "0",
        "privacy_secrets": json.dumps([SECRET]),
        "sends_at_once": str(AT_ONCE),
        **{name: json.dumps(value) for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "notify_svc",
        env={**os.environ, **_environment(told)},
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    return {f"NOTIFY_{name.upper()}": value for name, value in told.items()}


async def test_a_mail_that_was_taken_while_its_sender_died_is_not_sent_again(
    office: PostOffice, mailbox: Mailbox
) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(45)))

    async def taken() -> bool:
        return len(mailbox.accepted) >= AT_ONCE

    async def settled() -> Counter[str] | None:
        states = Counter(sent.state for sent in await office.deliveries())
        return states if states["sent"] + states["unresolved"] == 45 else None

    async with service(office, mail=plain(mailbox)) as killed:
        await eventually(taken, within=STARTS_WITHIN)
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    assert Counter(sent.state for sent in await office.deliveries()) == {
        "sending": AT_ONCE,
        "queued": 45 - AT_ONCE,
    }
    mailbox.may_answer.set()
    await office.make_due()  # the dead one's leases end
    async with service(office, mail=plain(mailbox)):
        states = await eventually(settled, within=STARTS_WITHIN)
    assert states == {"unresolved": AT_ONCE, "sent": 45 - AT_ONCE}
    ids = Counter(mail["Message-ID"] for mail in mailbox.accepted)
    assert len(ids) == 45
    assert set(ids.values()) == {1}
