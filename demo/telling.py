"""What happened, step by step: who did what, and what was sent to whom."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo import verbs
from demo.hall import Unexpected, Visitor, until

CHANNELS = {"wechat": "微信", "sms": "短信", "mail": "邮件", "inbox": "站内消息"}
# Which channels each message takes (domain.md, Every message).
BY_DEFAULT = {
    "task_assigned": ("wechat", "mail", "inbox"),
    "urged": ("wechat", "mail", "sms", "inbox"),
    "returned": ("sms", "mail", "wechat", "inbox"),
    "advanced": ("wechat", "inbox"),
    "approved": ("sms", "mail", "wechat", "inbox"),
    "completed": ("wechat", "mail", "inbox"),
    "withdrawn": ("wechat", "mail", "inbox"),
}

# With the person (the dev inbox), or taken by the provider: an SMTP server says no more than that.
GONE_OUT = ("sent", "delivered")

Told = tuple[str, str, str]  # kind, person's name, channel


@dataclass(frozen=True)
class Step:
    at: datetime
    who: str
    did: str
    messages: tuple[dict[str, Any], ...] = ()  # as the dev inbox shows them

    def lines(self) -> Iterator[str]:
        yield f"{self.at:%H:%M:%S}  {self.who}  {self.did}"
        groups: dict[tuple[str, str], dict[str, list[str]]] = {}
        for message in self.messages:
            channels = groups.setdefault((message["kind"], message["channel"]), {})
            channels.setdefault(_said(message), []).append(message["person_name"])
        for (_, channel), sayings in groups.items():
            for said, names in sayings.items():
                yield f"            → {CHANNELS[channel]}  {'、'.join(sorted(names))}：{said}"


def _said(message: dict[str, Any]) -> str:
    """A mail's subject, an SMS whole, of a WeChat card 进度信息 and 备注."""
    lines: list[str] = message["body_text"].splitlines()
    if message["channel"] == "wechat":
        return "；".join(line.partition("：")[2] for line in lines[2:4])
    return message["subject"] or lines[0]


def expected(kind: str, *names: str, channels: Iterable[str] = ()) -> Counter[Told]:
    """One message to each person by each channel; without `channels`, by those of the kind."""
    taken = tuple(channels) or BY_DEFAULT[kind]
    return Counter((kind, name, channel) for name in names for channel in taken)


class Telling:
    """Keeps the steps of one request, and holds what is sent against what ought to be."""

    def __init__(self, reader: Visitor, on_step: Callable[[Step], None]) -> None:
        self.reader = reader
        self.request_id: str | None = None
        self.steps: list[Step] = []
        self._on_step = on_step
        self._sent: set[str] = set()  # ids of the messages told already

    async def step(self, who: Visitor, did: str, *sent: Counter[Told]) -> None:
        """`sent`: exactly what this step sends, to everyone. Raises: Unexpected."""
        messages = await self._messages(sum(sent, Counter[Told]())) if self.request_id else []
        step = Step(datetime.now().astimezone(), who.name, did, tuple(messages))
        self.steps.append(step)
        self._on_step(step)

    async def _messages(self, expected: Counter[Told]) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []

        async def look() -> bool | None:
            everything = await verbs.inbox(self.reader, str(self.request_id))
            seen[:] = [message for message in everything if message["id"] not in self._sent]
            arrived = all(message["state"] != "queued" for message in seen)
            return True if arrived and len(seen) >= expected.total() else None

        try:
            await until("the messages of this step go out", look)
        except Unexpected as error:
            raise Unexpected(f"{error}: {_difference(expected, seen)}") from None
        if told(seen) != expected:
            raise Unexpected(f"other messages than expected: {_difference(expected, seen)}")
        self._sent |= {message["id"] for message in seen}
        return seen


def told(messages: Iterable[dict[str, Any]]) -> Counter[Told]:
    """Those that went out."""
    return Counter(
        (message["kind"], message["person_name"], message["channel"])
        for message in messages
        if message["state"] in GONE_OUT
    )


def _difference(expected: Counter[Told], seen: list[dict[str, Any]]) -> str:
    missing, surplus = expected - told(seen), told(seen) - expected
    others = [message["state"] for message in seen if message["state"] not in GONE_OUT]
    return f"missing {sorted(missing.elements())}, surplus {sorted(surplus.elements())}, {others=}"


def shown(file: Mapping[str, Any]) -> str:
    """An uploaded file in words."""
    pages = f"，{file['pages']} 页" if file["pages"] else ""
    return f"《{file['name']}》（{file['bytes']} 字节{pages}）"
