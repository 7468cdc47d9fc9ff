"""`check-channels` says whether each channel could send, and what is in the way."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from notify_svc.activation import DoesNotFit
from notify_svc.commands import check_channels

from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    SMS_FILES,
    aliyun_settings,
    an_account,
    approved_templates,
    tencent_settings,
    wechat_settings,
    wecom_settings,
)
from tests.service.notify_svc.conftest import Opened
from tests.service.notify_svc.smtp_server import Mailbox, listening
from tests.standins import serving
from tests.standins.aliyun import Aliyun
from tests.standins.tencent import Tencent
from tests.standins.wechat import WeChat
from tests.standins.wecom import WeCom

Check = Callable[..., Any]
CAMPUS = (SMS_FILES / "campus.toml").read_text(encoding="utf-8")
NOWHERE = "http://127.0.0.1:9"
SMS = '[sms.urged]\nid = "S1"\nstate = "approved"\ntext = "{text}"'


@pytest.fixture
def account() -> WeChat:
    return an_account()


@pytest.fixture
async def url(account: WeChat) -> AsyncIterator[str]:
    async with serving(account.application()) as url:
        yield url


@pytest.fixture
def approved(tmp_path: Path, organisation_file: Path) -> Path:
    return approved_templates(tmp_path, Organisation.load(organisation_file))


@pytest.fixture
def check(opened: Opened, approved: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the command. Returns: what it printed, and whether it was content."""

    async def run(**settings: Any) -> tuple[str, bool]:
        async with opened(**{"provider_templates": approved, **settings}) as office:
            capsys.readouterr()
            try:
                await check_channels(office.trial.runtime, ())
            except SystemExit:
                return capsys.readouterr().out, False
            return capsys.readouterr().out, True

    return run


async def test_a_channel_that_could_send_is_ready(check: Check, account: WeChat, url: str) -> None:
    printed, content = await check(wechat=wechat_settings(account, url))
    assert content
    assert "wechat: wechat: ready" in printed
    assert "sms: no provider" in printed
    assert account.sent == []


async def test_a_wrong_secret_is_said_and_not_repeated(
    check: Check, account: WeChat, url: str
) -> None:
    printed, content = await check(wechat=wechat_settings(account, url, app_secret="wr0ng-secret"))
    assert not content
    assert "  - the app secret is wrong" in printed
    assert "wr0ng-secret" not in printed


async def test_clocks_that_differ_are_said_although_all_else_is_well(
    check: Check, account: WeChat, url: str
) -> None:
    account.ahead = timedelta(minutes=3)
    printed, content = await check(wechat=wechat_settings(account, url))
    assert not content
    assert "ahead of ours" in printed


async def test_a_template_that_the_account_has_not_or_has_otherwise_is_named(
    check: Check, account: WeChat, url: str
) -> None:
    del account.templates["T-urged"]
    account.templates["T-returned"] = ["thing1", "time2", "thing3", "thing9"]
    printed, _ = await check(wechat=wechat_settings(account, url))
    assert "urged: the account has no template T-urged" in printed
    assert "returned: the account's template has no thing4" in printed
    assert "returned: nothing is set for thing9" in printed


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def rewritten(file: Path, was: str, instead: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, instead), encoding="utf-8")


@pytest.mark.parametrize(
    ("was", "instead", "problem"),
    [
        ('remark = "thing4"', 'remark = "phrase4"', "phrase4 (备注) may hold 5 characters"),
        ('title = "thing1"', 'title = "character_string1"', "cannot hold such a value"),
        ('at = "time2"', 'at = "what2"', "what2 is no key of a template"),
        (', remark = "thing4"', "", "has no key for remark"),
        ('remark = "thing4"', 'remark = "thing4", more = "thing5"', "the message has no more"),
    ],
)
async def test_a_text_that_does_not_fit_what_was_approved_stops_the_start_and_is_named(
    opened: Opened, approved: Path, was: str, instead: str, problem: str
) -> None:
    rewritten(approved, was, instead)
    nowhere = wechat_settings(WeChat(), NOWHERE)
    with pytest.raises(DoesNotFit, match="provider_template_does_not_fit") as refused:
        async with opened(wechat=nowhere, provider_templates=approved):
            pass
    assert "wechat, urged: " in str(refused.value)
    assert problem in str(refused.value)


async def test_a_template_that_is_not_approved_yet_may_be_anything(
    check: Check, approved: Path, account: WeChat, url: str
) -> None:
    rewritten(approved, 'state = "approved"', 'state = "applied"')
    rewritten(approved, 'remark = "thing4"', 'remark = "phrase4"')
    printed, content = await check(wechat=wechat_settings(account, url))
    assert not content
    assert "urged: the account has no approved template" in printed


@pytest.mark.parametrize("approved_text", ["别的文字", "长" * 600])
async def test_an_sms_that_was_approved_otherwise_stops_the_start_and_is_named(
    opened: Opened, tmp_path: Path, approved_text: str
) -> None:
    file = written(tmp_path / "sms.toml", SMS.format(text=approved_text))
    with pytest.raises(DoesNotFit, match="sms, urged: the text is not the one that the provider"):
        async with opened(aliyun=aliyun_settings(Aliyun(), NOWHERE), provider_templates=file):
            pass


async def test_an_sms_that_nobody_has_approved_is_named(check: Check, tmp_path: Path) -> None:
    cloud = Aliyun()
    file = written(tmp_path / "sms.toml", "")
    async with serving(cloud.application()) as url:
        printed, content = await check(aliyun=aliyun_settings(cloud, url), provider_templates=file)
    assert not content
    assert "returned: the provider has no approved template" in printed


async def test_alibaba_cloud_is_asked(check: Check) -> None:
    cloud = Aliyun()
    async with serving(cloud.application()) as url:
        own = aliyun_settings(cloud, url)
        assert (await check(aliyun=own))[1]
        printed, content = await check(aliyun={**own, "secret": "wrong"})
    assert not content
    assert "the access key's secret is wrong" in printed
    assert cloud.sent == []


async def test_tencent_cloud_is_asked(check: Check) -> None:
    cloud = Tencent()
    async with serving(cloud.application()) as url:
        own = tencent_settings(cloud, url)
        assert (await check(tencent=own))[1]
        printed, content = await check(tencent={**own, "secret_key": "wrong"})
    assert not content
    assert "the secret key is wrong" in printed


async def test_wecom_is_asked(check: Check) -> None:
    corporation = WeCom()
    async with serving(corporation.application()) as url:
        own = wecom_settings(corporation, url)
        assert (await check(wecom=own))[1]
        printed, content = await check(wecom={**own, "agent_id": 7})
    assert not content
    assert "the application's id is wrong" in printed


async def test_the_mail_server_is_asked(check: Check) -> None:
    async with listening(Mailbox()) as mailbox:
        own = {"host": "127.0.0.1", "port": mailbox.port, "seconds": 2}
        assert (await check(mail={**own, "starttls": False}))[1]
        printed, content = await check(mail=own)
    assert not content
    assert "STARTTLS" in printed
    assert mailbox.accepted == []


async def test_a_gateways_description_is_worked_out(check: Check, tmp_path: Path) -> None:
    file = written(tmp_path / "campus.toml", CAMPUS)
    own = {"file": file, "secrets": {"token": "t", "key": "k"}}
    assert (await check(sms_gateway=own))[1]
    rewritten(file, "{{ mobile }}", "{{ mobil }}")
    printed, content = await check(sms_gateway=own)
    assert not content
    assert "mobil" in printed
