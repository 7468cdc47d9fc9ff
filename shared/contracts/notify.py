"""Owned by notify-svc: whether people were told."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event
from shared.contracts.people import PersonId


class Channel(StrEnum):
    WECHAT = "wechat"  # 微信公众号
    WECOM = "wecom"  # 企业微信
    SMS = "sms"
    MAIL = "mail"
    INBOX = "inbox"  # 站内消息
    WEBHOOK = "webhook"  # an organisation's own systems


class Delivered(Event, topic="notify.delivered.v1"):
    """The channel's provider took the message."""

    request_id: UUID
    delivery_id: UUID
    kind: str
    person_id: PersonId | None  # None: a handler who is known by mobile number only
    channel: Channel
    delivered_at: AwareDatetime


class Failed(Event, topic="notify.failed.v1"):
    """The message will not reach its person by this channel; `reason` is for an operator."""

    request_id: UUID
    delivery_id: UUID
    kind: str
    person_id: PersonId | None
    channel: Channel
    reason: str
    failed_at: AwareDatetime
