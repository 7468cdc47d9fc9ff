"""For administrators and auditors: what each message says, exactly as it would be sent."""

from base64 import b64encode
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from notify_svc.channels import Carrier, Parcel
from notify_svc.channels.dev_inbox import DevInbox
from notify_svc.domain import DEFAULT_CHANNELS, Kind, Message
from notify_svc.errors import NoSuchTemplate
from notify_svc.post_room import PostRoom
from notify_svc.provider_templates import AuditState
from shared.contracts.notify import Channel
from shared.contracts.people import Post
from shared.posts import require_post
from shared.transaction import Transaction
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/templates")

SAMPLE_ID = UUID("00000000-0000-7000-8000-000000000000")
SAMPLE_TO = {
    Channel.MAIL: "someone@example.edu",
    Channel.SMS: "13800000000",
}


class ChannelText(BaseModel):
    """`approval`: what the provider says of its template, where it has one to approve."""

    channel: Channel
    by_default: bool
    sent_by: str | None  # the provider; None: the channel is silent
    approval: AuditState | None
    problems: list[str]


class TemplateView(BaseModel):
    kind: Kind
    title: str
    version: str
    channels: list[ChannelText]


class TemplateList(BaseModel):
    items: list[TemplateView]


class TextField(BaseModel):
    name: str
    label: str
    value: str


class Preview(BaseModel):
    """The message of the sample, and `wire`: what its provider would get, byte for byte.

    `wire` is text where it is text, else base64; None where the channel is silent.
    """

    kind: Kind
    channel: Channel
    version: str
    subject: str
    text: str
    html: str | None
    fields: list[TextField]
    wire_type: str | None
    wire: str | None
    remarks: list[str]
    problems: list[str]


@router.get("")
async def list_templates(user: CurrentUser, tx: Tx) -> TemplateList:
    await require_post(tx, user, Post.ADMINISTRATOR, Post.AUDITOR)
    return TemplateList(items=[_template(tx, kind) for kind in Kind])


@router.get("/{kind}/{channel}")
async def preview_template(kind: Kind, channel: Channel, user: CurrentUser, tx: Tx) -> Preview:
    await require_post(tx, user, Post.ADMINISTRATOR, Post.AUDITOR)
    post_room: PostRoom = tx.runtime.own
    if not post_room.templates.has(kind, channel):
        raise NoSuchTemplate
    message = _sample(post_room, kind, channel)
    carrier = post_room.carriers.get(channel)
    wire = None if carrier is None else carrier.render(_parcel(tx, kind, channel, message))
    return Preview(
        kind=kind,
        channel=channel,
        version=post_room.templates.version(kind),
        subject=message.subject,
        text=message.text,
        html=message.html,
        fields=[TextField(name=f.name, label=f.label, value=f.value) for f in message.fields],
        wire_type=wire.media_type if wire else None,
        wire=_readable(wire.body) if wire else None,
        remarks=list(wire.remarks) if wire else [],
        problems=_problems(carrier, kind, message),
    )


def _template(tx: Transaction, kind: Kind) -> TemplateView:
    post_room: PostRoom = tx.runtime.own
    return TemplateView(
        kind=kind,
        title=_sample(post_room, kind, post_room.templates.channels(kind)[0]).subject,
        version=post_room.templates.version(kind),
        channels=[_channel(post_room, kind, one) for one in post_room.templates.channels(kind)],
    )


def _channel(post_room: PostRoom, kind: Kind, channel: Channel) -> ChannelText:
    carrier = post_room.carriers.get(channel)
    real = carrier is not None and not isinstance(carrier, DevInbox)
    approved = post_room.approved.get(channel, {}).get(kind)
    return ChannelText(
        channel=channel,
        by_default=channel in DEFAULT_CHANNELS[kind],
        sent_by=carrier.provider if carrier and real else None,
        approval=approved.state if approved else None,
        problems=_problems(carrier, kind, _sample(post_room, kind, channel)),
    )


def _sample(post_room: PostRoom, kind: Kind, channel: Channel) -> Message:
    return post_room.templates.render(kind, channel, post_room.templates.sample(kind))


def _problems(carrier: Carrier | None, kind: Kind, message: Message) -> list[str]:
    return [] if carrier is None else list(carrier.problems(kind, message))


def _parcel(tx: Transaction, kind: Kind, channel: Channel, message: Message) -> Parcel:
    return Parcel(
        delivery_id=SAMPLE_ID,
        to=SAMPLE_TO.get(channel, "someone"),
        person_name="某某",
        message=message,
        written_at=tx.now,
        kind=kind,
        task_id=SAMPLE_ID,
    )


def _readable(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return b64encode(body).decode()
