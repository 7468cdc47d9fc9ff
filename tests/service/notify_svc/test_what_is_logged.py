"""Logs hold no address, token, secret or text, however badly a provider behaves."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    RECEIPT_KEY,
    TOKEN,
    aliyun_settings,
    an_account,
    approved_templates,
    wechat_settings,
    wecom_settings,
)
from tests.service.notify_svc.conftest import SECRET, Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, TITLE, assigned, returned, urged
from tests.service.notify_svc.smtp_server import Mailbox, listening
from tests.service.notify_svc.test_wechat import bound
from tests.standins import Trouble, serving
from tests.standins.aliyun import Aliyun, receipt
from tests.standins.wechat import callback_query, event
from tests.standins.wecom import WeCom

OPENID = "oABCD-never-logged"
NEVER = (
    OPENID,
    "19900000102",
    "19900000101",
    "lukun@chenglan.example",
    "TOKEN-1",
    TOKEN,
    "stand-in-secret",
    "wecom-secret",
    SECRET,
    RECEIPT_KEY,
    TITLE,
)


class Providers:
    """A stand-in of each kind, and a mail server."""

    def __init__(self) -> None:
        self.account = an_account()
        self.cloud = Aliyun()
        self.corporation = WeCom(secret="wecom-secret", members={"lukun"})
        self.mailbox = Mailbox()

    def settings(self, wechat: str, aliyun: str, wecom: str) -> dict[str, Any]:
        """With the URLs at which they serve."""
        return {
            "wechat": wechat_settings(self.account, wechat),
            "wecom": wecom_settings(self.corporation, wecom),
            "aliyun": aliyun_settings(self.cloud, aliyun),
            "mail": {"host": "127.0.0.1", "port": self.mailbox.port, "starttls": False},
        }

    def misbehave(self, trouble: Trouble) -> None:
        for standin in (self.account, self.cloud, self.corporation):
            standin.troubles.next.append(trouble)
        self.mailbox.to_recipient.append("550 5.1.1 <lukun@chenglan.example> unknown")


@pytest.fixture
async def providers() -> Providers:
    return Providers()


@pytest.fixture
async def office(
    opened: Opened, providers: Providers, tmp_path: Path, organisation_file: Path
) -> AsyncIterator[PostOffice]:
    approved = approved_templates(tmp_path, Organisation.load(organisation_file))
    async with (
        serving(providers.account.application()) as wechat,
        serving(providers.cloud.application()) as aliyun,
        serving(providers.corporation.application()) as wecom,
        listening(providers.mailbox),
        opened(provider_templates=approved, **providers.settings(wechat, aliyun, wecom)) as office,
    ):
        yield office


async def test_nothing_personal_or_secret_is_logged(
    office: PostOffice, providers: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        await office.deliver(*EVERYONE)
        await bound(office, providers.account, CLERK, OPENID)
        for number, trouble in enumerate(set(Trouble) - {Trouble.TAKE_AND_HANG}):
            providers.misbehave(trouble)
            await everything(office, number)
        providers.account.errors.extend([40001, 43004, 47003])
        await everything(office, 99)
        await call_back(office, providers)
    lines = [str(line) for line in logged]
    lines += [record.getMessage() for record in caplog.records if of_the_service(record)]
    assert any("token_renewed" in line for line in lines)
    for line in lines:
        assert not [word for word in NEVER if word in line], line


async def everything(office: PostOffice, number: int) -> None:
    """Messages of several kinds, by every channel, whatever waits included."""
    task = assigned(CLERK)
    await office.deliver(task, urged(task), returned(revision=number))
    await office.make_due()
    await office.dispatch()


async def call_back(office: PostOffice, providers: Providers) -> None:
    """Genuine and not."""
    left, report = event(OPENID, "unsubscribe"), receipt(providers.cloud.sent[0])
    async with office.trial.client() as provider:
        for path, query, body in (
            ("wechat", callback_query(TOKEN), left),
            ("wechat", callback_query("wrong"), left),
            ("aliyun", {"key": RECEIPT_KEY}, report),
            ("aliyun", {"key": "wrong"}, report),
        ):
            await provider.post(f"/callbacks/{path}", params=query, content=body)


def of_the_service(record: logging.LogRecord) -> bool:
    """Not of the test's own client, nor of the database, which at DEBUG says everything."""
    return not record.name.startswith(("httpx", "httpcore", "aiosqlite", "sqlalchemy", "mail.log"))
