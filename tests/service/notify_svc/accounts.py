"""What an installation is told about the providers' accounts that the stand-ins have."""

from pathlib import Path
from typing import Any, cast

from notify_svc.channels import Equipment
from notify_svc.domain import Kind
from notify_svc.privacy import Safe
from notify_svc.provider_templates import ProviderTemplate
from notify_svc.render import our_templates

from shared.contracts.notify import Channel
from shared.organisation import Organisation
from tests.conftest import ROOT
from tests.standins.aliyun import Aliyun
from tests.standins.campus import Campus, YunMas
from tests.standins.receiver import Receiver
from tests.standins.tencent import Tencent
from tests.standins.wechat import WeChat
from tests.standins.wecom import WeCom

TOKEN = "callback-token"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
RECEIPT_KEY = "a-secret-path-of-24-characters"
SMS_FILES = ROOT / "deploy" / "sms"
FIELDS = {"title": "thing1", "at": "time2", "progress": "thing3", "remark": "thing4"}


def approved_templates(
    folder: Path, organisation: Organisation, *, state: str = "approved"
) -> Path:
    """Every message approved by its provider: the SMS as our own samples read."""
    lines = []
    templates = our_templates(organisation)
    for kind in Kind:
        if templates.has(kind, Channel.WECHAT):
            fields = ", ".join(f'{name} = "{key}"' for name, key in FIELDS.items())
            lines.append(f'[wechat.{kind}]\nid = "T-{kind}"\nstate = "{state}"')
            lines.append(f"fields = {{ {fields} }}")
        if templates.has(kind, Channel.SMS):
            text = templates.render(kind, Channel.SMS, templates.sample(kind)).text
            lines.append(f'[sms.{kind}]\nid = "100{len(lines)}"\nstate = "{state}"')
            lines.append(f'text = "{text}"')
    file = folder / "provider_templates.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def an_account() -> WeChat:
    """With the templates of `approved_templates`."""
    return WeChat(templates={f"T-{kind}": list(FIELDS.values()) for kind in Kind})


def wechat_settings(standin: WeChat, url: str, **more: Any) -> dict[str, Any]:
    return {
        "app_id": standin.appid,
        "app_secret": standin.secret,
        "callback_token": TOKEN,
        "api_url": url,
        "seconds": 1,
        **more,
    }


def wecom_settings(standin: WeCom, url: str, **more: Any) -> dict[str, Any]:
    return {
        "corp_id": standin.corp_id,
        "agent_id": standin.agent_id,
        "secret": standin.secret,
        "api_url": url,
        "seconds": 1,
        **more,
    }


def aliyun_settings(standin: Aliyun, url: str, **more: Any) -> dict[str, Any]:
    return {
        "key_id": standin.key_id,
        "secret": standin.secret,
        "sign_name": "澄岚大学",
        "receipt_key": RECEIPT_KEY,
        "url": url,
        "seconds": 1,
        **more,
    }


def tencent_settings(standin: Tencent, url: str, **more: Any) -> dict[str, Any]:
    return {
        "secret_id": standin.key_id,
        "secret_key": standin.secret,
        "app_id": standin.app_id,
        "sign_name": "澄岚大学",
        "receipt_key": RECEIPT_KEY,
        "url": url,
        "seconds": 1,
        **more,
    }


def campus_settings(standin: Campus, url: str, **more: Any) -> dict[str, Any]:
    return {
        "file": str(SMS_FILES / "campus.toml"),
        "secrets": {"token": standin.token, "key": standin.key},
        "receipt_key": RECEIPT_KEY,
        "url": url,
        "seconds": 1,
        **more,
    }


def yunmas_settings(standin: YunMas, url: str, **more: Any) -> dict[str, Any]:
    return {
        "file": str(SMS_FILES / "yunmas.toml"),
        "secrets": {
            "ec_name": standin.ec_name,
            "ap_id": standin.ap_id,
            "secret_key": standin.secret_key,
            "sign": standin.sign,
            "add_serial": "",
        },
        "receipt_key": RECEIPT_KEY,
        "url": url,
        "seconds": 1,
        **more,
    }


def webhook_settings(standin: Receiver, url: str, **more: Any) -> dict[str, Any]:
    own = {"url": f"{url}/hook", "secret": standin.secret, "in_clear": True, "seconds": 1}
    return {**own, **more}


def equipment(**templates: ProviderTemplate) -> Equipment:
    """For a carrier alone, without a service: what its provider has approved, by kind."""
    by_kind = {Kind(name): template for name, template in templates.items()}
    return Equipment(cast("Any", None), Safe(["s" * 24]), by_kind)
