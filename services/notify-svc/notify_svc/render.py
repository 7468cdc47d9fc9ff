"""Templates → messages. A template that cannot be rendered stops the service at its start.

`templates/<kind>/` holds `wechat.toml`, `wecom.toml`, `sms.txt`, `inbox.txt` (its first line is the
heading) and `mail_subject.txt`, `mail.txt`, `mail.html`, with `sample.toml`: the words that a
message of this kind has. A webhook gets what the inbox shows. A message's version is the digest of
its folder: what was sent can be traced to the text that said it.

Limits: a field of a WeChat card holds 20 characters, of a WeCom card 26, and what is longer is
cut; 【】 is the signature that the SMS provider puts in front, so no SMS body may contain it, nor a
link; a subject is one line.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    select_autoescape,
)
from pydantic import BaseModel, ConfigDict, ValidationError

from notify_svc.domain import DEFAULT_CHANNELS, Field, Kind, Message
from notify_svc.words import Words
from shared.contracts.notify import Channel
from shared.organisation import Organisation

FOLDER = Path(__file__).parent / "templates"

# Characters: of a field of a WeChat template (thing), of a horizontal item of a WeCom card.
FIELD_LIMITS: Mapping[Channel, int] = {Channel.WECHAT: 20, Channel.WECOM: 26}
HEADING_LIMIT = 26  # of a WeCom card


# By which file a channel's text is known to be there.
FILES: Mapping[Channel, str] = {
    Channel.WECHAT: "wechat.toml",
    Channel.WECOM: "wecom.toml",
    Channel.SMS: "sms.txt",
    Channel.MAIL: "mail.txt",
    Channel.INBOX: "inbox.txt",
    Channel.WEBHOOK: "inbox.txt",
}


class BadTemplate(Exception):
    """A template is missing, does not fit its sample, or breaks its channel's rules."""


class CardField(BaseModel):
    """One line of a card. `value` is a template; `type` is that of a WeChat template's field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["title", "at", "progress", "remark"]
    label: str
    type: Literal["thing", "time"]
    value: str


class CardFile(BaseModel):
    """`wechat.toml`, `wecom.toml`; `heading` is a template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str
    link: str
    fields: tuple[CardField, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A card, compiled."""

    heading: Template
    link: Template
    fields: tuple[tuple[CardField, Template], ...]

    def values(self, words: Words) -> Iterator[tuple[CardField, str]]:
        for field, template in self.fields:
            yield field, template.render(words)


class Templates:
    """Every message, compiled, in the organisation's name and time zone."""

    def __init__(self, organisation: Organisation, folder: Path = FOLDER) -> None:
        """Raises: BadTemplate, naming the message and what is wrong with it."""
        self._folder = folder
        self._zone = organisation.zone
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            auto_reload=False,
            autoescape=select_autoescape(["html"], default_for_string=False),
        )
        self._environment.globals["organisation"] = organisation
        self._environment.filters |= {"moment": self._moment, "day": self._day}
        self._cards: dict[tuple[Kind, Channel], Card] = {}
        self._prepared: dict[Kind, list[Channel]] = {kind: [] for kind in Kind}
        self._versions = {kind: self._digest(kind) for kind in Kind}
        for kind in Kind:
            for channel in self._channels(kind):
                self._prepare(kind, channel)
                self._prepared[kind].append(channel)

    def has(self, kind: Kind, channel: Channel) -> bool:
        """Whether there is a text for it; a message may have more than its default channels."""
        return channel in self._prepared[kind]

    def channels(self, kind: Kind) -> Sequence[Channel]:
        return tuple(self._prepared[kind])

    def version(self, kind: Kind) -> str:
        """Of the texts of a kind: eight hex digits, others as soon as one of its files changes."""
        return self._versions[kind]

    def sample(self, kind: Kind) -> Words:
        return self._read(kind, "sample.toml")

    def render(self, kind: Kind, channel: Channel, words: Words) -> Message:
        """Raises: jinja2.UndefinedError when the template asks for a word that is not there."""
        match channel:
            case Channel.WECHAT | Channel.WECOM:
                return self._card(kind, channel, words)
            case Channel.SMS:
                return Message(subject="", text=self._text(kind, "sms.txt", words))
            case Channel.MAIL:
                return Message(
                    subject=self._text(kind, "mail_subject.txt", words),
                    text=self._text(kind, "mail.txt", words),
                    html=self._text(kind, "mail.html", words),
                )
            case Channel.INBOX | Channel.WEBHOOK:
                heading, _, text = self._text(kind, "inbox.txt", words).partition("\n")
                return Message(subject=heading, text=text, link=str(words["link"]))

    def _channels(self, kind: Kind) -> Iterator[Channel]:
        for channel, file in FILES.items():
            if channel in DEFAULT_CHANNELS[kind] or (self._folder / kind / file).exists():
                yield channel

    def _card(self, kind: Kind, channel: Channel, words: Words) -> Message:
        card, limit = self._cards[kind, channel], FIELD_LIMITS[channel]
        fields = tuple(
            Field(field.name, field.label, field.type, cut(value, limit))
            for field, value in card.values(words)
        )
        link = card.link.render(words)
        lines = [f"{field.label}：{field.value}" for field in fields]
        lines.append(f"查看详情：{link}")
        heading = cut(card.heading.render(words), HEADING_LIMIT)
        return Message(subject=heading, text="\n".join(lines), fields=fields, link=link)

    def _text(self, kind: Kind, name: str, words: Words) -> str:
        return self._environment.get_template(f"{kind}/{name}").render(words).strip()

    def _moment(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _day(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y年%m月%d日")

    def _prepare(self, kind: Kind, channel: Channel) -> None:
        """Compiles a message and renders it from its sample, so that no mistake waits for use."""
        try:
            words = self._read(kind, "sample.toml")
            if channel in FIELD_LIMITS:
                file = CardFile(**self._read(kind, FILES[channel]))
                self._cards[kind, channel] = self._compile(file)
            problems = list(self._problems(kind, channel, words))
        except (TemplateError, ValidationError, OSError, tomllib.TOMLDecodeError) as error:
            raise BadTemplate(f"{kind}, {channel}: {error!r}") from error
        if problems:
            raise BadTemplate(f"{kind}, {channel}: {'; '.join(problems)}")

    def _problems(self, kind: Kind, channel: Channel, words: Words) -> Iterator[str]:
        message = self.render(kind, channel, words)
        if not message.text:
            yield "it is empty"
        if channel is Channel.SMS and any(sign in message.text for sign in ("【", "】", "://")):
            yield "an SMS may contain neither 【】 nor a link"
        if channel is not Channel.SMS and len(message.subject.splitlines()) != 1:
            yield "the subject must be one line"
        if channel in FIELD_LIMITS:
            limit = FIELD_LIMITS[channel]
            for field, value in self._cards[kind, channel].values(words):
                if not 0 < len(value) <= limit:
                    yield f"{field.label} must be 1 to {limit} characters"

    def _read(self, kind: Kind, name: str) -> dict[str, Any]:
        return tomllib.loads((self._folder / kind / name).read_text(encoding="utf-8"))

    def _compile(self, file: CardFile) -> Card:
        compiled = self._environment.from_string
        fields = tuple((field, compiled(field.value)) for field in file.fields)
        return Card(compiled(file.heading), compiled(file.link), fields)

    def _digest(self, kind: Kind) -> str:
        files = sorted((self._folder / kind).glob("*"))
        together = b"".join(file.name.encode() + file.read_bytes() for file in files)
        return hashlib.sha256(together).hexdigest()[:8]


@cache
def our_templates(organisation: Organisation) -> Templates:
    """Ours, compiled and tried once a process: it takes longer than all else that a start does."""
    return Templates(organisation)


def cut(value: str, limit: int) -> str:
    """`value` in at most `limit` characters; what is left out shows as “…”."""
    return value if len(value) <= limit else value[: limit - 1] + "…"
