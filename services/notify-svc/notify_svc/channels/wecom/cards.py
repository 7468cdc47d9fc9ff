"""A message as a card. What someone must act on has a button, which says 已处理 when it is done.

Limits (suggested by the page on template cards, cut beyond them in the client): title 26
characters, six lines with names of 5 and values of 26, a button's text 10. A button of type 1
leads to its `url`; one of type 0 would call us back with its `key`. Only a card with buttons (or
a menu) can be changed afterwards, and has to carry a `task_id` of its own.
Source: developer.work.weixin.qq.com/document/path/90236 (按钮交互型), 94945 (更新模版卡片消息).
"""

from typing import Any

from notify_svc.channels import Parcel

TITLE, LINES, NAME, VALUE, BUTTON = 26, 6, 5, 26, 10


def card(parcel: Parcel, source: str) -> dict[str, Any]:
    """`source` stands above it: what it comes from."""
    message = parcel.message
    shown: dict[str, Any] = {
        "source": {"desc": cut(source, 13)},
        "main_title": {"title": cut(message.subject, TITLE)},
        "horizontal_content_list": [
            {"keyname": cut(line.label, NAME), "value": cut(line.value, VALUE) or "无"}
            for line in message.fields[:LINES]
        ],
    }
    if message.link:
        shown["card_action"] = {"type": 1, "url": message.link}
    if parcel.task_id is None or not message.link:
        return {"card_type": "text_notice", **shown}
    # type 1: the button opens the page; nothing is decided in a chat.
    button = {"type": 1, "text": "去办理", "style": 1, "url": message.link}
    return {
        "card_type": "button_interaction",
        **shown,
        "task_id": parcel.delivery_id.hex,
        "button_list": [button],
    }


def cut(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
