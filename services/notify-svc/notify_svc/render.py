"""Templates → messages. A template that cannot be rendered stops the service at its start.

`templates/<kind>/` holds `wechat.toml`, `sms.txt`, and `mail_subject.txt`, `mail.txt`, `mail.html`,
with `sample.toml`: the words that a message of this kind has.

Limits: a WeChat `thing` holds 20 characters and what is longer is cut; 【】 is the signature that
the SMS provider puts in front, so no SMS body may contain it, nor a link; a subject is one line.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
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

FIELD_LIMITS = {"thing": 20, "time": 20}  # characters


# By which file a channel's text is known to be there.
FILES = {Channel.WECHAT: "wechat.toml", Channel.SMS: "sms.txt", Channel.MAIL: "mail.txt"}


class BadTemplate(Exception):
    """A template is missing, does not fit its sample, or breaks its channel's rules."""


class CardField(BaseModel):
    """One line of a WeChat template message. `value` is a template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["title", "at", "progress", "remark"]
    label: str
    type: Literal["thing", "time"]
    value: str


class CardFile(BaseModel):
    """`wechat.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str
    link: str
    fields: tuple[CardField, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A WeChat template message, compiled."""

    heading: str
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
        self._cards: dict[Kind, Card] = {}
        self._prepared: set[tuple[Kind, Channel]] = set()
        for kind in Kind:
            for channel in self._channels(kind):
                self._prepare(kind, channel)
                self._prepared.add((kind, channel))

    def has(self, kind: Kind, channel: Channel) -> bool:
        """Whether there is a text for it; a message may have more than its default channels."""
        return (kind, channel) in self._prepared

    def render(self, kind: Kind, channel: Channel, words: Words) -> Message:
        """Raises: jinja2.UndefinedError when the template asks for a word that is not there."""
        match channel:
            case Channel.WECHAT:
                return self._wechat(kind, words)
            case Channel.SMS:
                return Message(subject="", text=self._text(kind, "sms.txt", words))
            case Channel.MAIL:
                return Message(
                    subject=self._text(kind, "mail_subject.txt", words),
                    text=self._text(kind, "mail.txt", words),
                    html=self._text(kind, "mail.html", words),
                )
            case _:
                raise BadTemplate(f"{kind}: no template for {channel}")

    def _channels(self, kind: Kind) -> Iterator[Channel]:
        for channel, file in FILES.items():
            if channel in DEFAULT_CHANNELS[kind] or (self._folder / kind / file).exists():
                yield channel

    def _wechat(self, kind: Kind, words: Words) -> Message:
        card = self._cards[kind]
        fields = tuple(
            Field(field.name, field.label, field.type, cut(value, FIELD_LIMITS[field.type]))
            for field, value in card.values(words)
        )
        link = card.link.render(words)
        lines = [f"{field.label}：{field.value}" for field in fields]
        lines.append(f"查看详情：{link}")
        return Message(subject=card.heading, text="\n".join(lines), fields=fields, link=link)

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
            if channel is Channel.WECHAT:
                self._cards[kind] = self._compile(CardFile(**self._read(kind, "wechat.toml")))
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
        if channel is Channel.MAIL and len(message.subject.splitlines()) != 1:
            yield "the subject must be one line"
        if channel is Channel.WECHAT:
            for field, value in self._cards[kind].values(words):
                if not 0 < len(value) <= FIELD_LIMITS[field.type]:
                    yield f"{field.label} must be 1 to {FIELD_LIMITS[field.type]} characters"

    def _read(self, kind: Kind, name: str) -> dict[str, Any]:
        return tomllib.loads((self._folder / kind / name).read_text(encoding="utf-8"))

    def _compile(self, file: CardFile) -> Card:
        compiled = self._environment.from_string
        fields = tuple((field, compiled(field.value)) for field in file.fields)
        return Card(file.heading, compiled(file.link), fields)


def cut(value: str, limit: int) -> str:
    """`value` in at most `limit` characters; what is left out shows as “…”."""
    return value if len(value) <= limit else value[: limit - 1] + "…"
