"""What an installation is told about the providers' accounts that the stand-ins have."""

from pathlib import Path
from typing import Any

from notify_svc.domain import Kind
from notify_svc.render import Templates

from shared.contracts.notify import Channel
from shared.organisation import Organisation
from tests.standins.wechat import WeChat

TOKEN = "callback-token"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
FIELDS = {"title": "thing1", "at": "time2", "progress": "thing3", "remark": "thing4"}


def approved_templates(
    folder: Path, organisation: Organisation, *, state: str = "approved"
) -> Path:
    """Every message approved by its provider: the SMS as our own samples read."""
    lines = []
    templates = Templates(organisation)
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
