"""A signed call to a system of the organisation's own, for every message to a person.

    POST <url>
    Sealflow-Id: 01a2121c-…                  the same at every try: count a message once
    Sealflow-Timestamp: 1771213331           seconds since 1970, at this try
    Sealflow-Signature: v1=<hex>             HMAC-SHA256(secret, "<timestamp>.<body>")

    {"id": "01a2121c-…", "kind": "urged", "to": "lukun", "name": "…", "title": "…", "text": "…",
     "link": "https://…", "task_id": "…", "at": "2020-02-16T03:42:11+00:00"}

The receiver recomputes the signature, refuses a timestamp more than `REPLAY_WINDOW` from its own
clock, remembers ids for longer than that, and answers 2xx once it has the message. The target comes
from the configuration alone, is https, and redirects are not followed: nobody can aim it.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from notify_svc.channels import Carrier, Equipment, Parcel, Wire
from notify_svc.channels.http import Answer, NoAnswer, NotSent, Web
from notify_svc.outcomes import ALWAYS, Blame, Capabilities, Outcome, Result
from shared.contracts.notify import Channel

REPLAY_WINDOW = timedelta(minutes=5)
SHORTEST_SECRET = 32  # characters
OURS_TO_MEND = frozenset({401, 403, 404, 405, 410})


class WebhookSettings(BaseModel):
    """`NOTIFY_WEBHOOK__URL` and so on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    secret: SecretStr = Field(min_length=SHORTEST_SECRET)
    in_clear: bool = False  # http, for a receiver on the same machine or a network of its own
    seconds: float = Field(default=10, gt=0)

    @model_validator(mode="after")
    def _is_a_target(self) -> Self:
        parts = urlsplit(self.url)
        allowed = {"https", "http"} if self.in_clear else {"https"}
        if parts.scheme not in allowed or not parts.hostname:
            raise ValueError(f"url must be {' or '.join(sorted(allowed))} and name a host")
        if parts.username is not None or parts.fragment:
            raise ValueError("url must carry neither a password nor a fragment")
        return self


@asynccontextmanager
async def opened(settings: WebhookSettings, equipment: Equipment) -> AsyncIterator["Webhook"]:
    web = Web()
    try:
        yield Webhook(settings, equipment, web)
    finally:
        await web.close()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={digest.hexdigest()}"


class Webhook(Carrier):
    channel = Channel.WEBHOOK
    provider = "webhook"
    capabilities = Capabilities(recognises=ALWAYS)

    def __init__(self, settings: WebhookSettings, equipment: Equipment, web: Web) -> None:
        self._settings = settings
        self._clock = equipment.runtime.clock
        self._web = web

    def render(self, parcel: Parcel) -> Wire:
        body = {
            "id": str(parcel.delivery_id),
            "kind": parcel.kind,
            "to": parcel.to,
            "name": parcel.person_name,
            "title": parcel.message.subject,
            "text": parcel.message.text,
            "link": parcel.message.link,
            "task_id": str(parcel.task_id) if parcel.task_id else None,
            "at": parcel.written_at.isoformat(),
        }
        return Wire("application/json", json.dumps(body, ensure_ascii=False).encode())

    async def send(self, parcel: Parcel) -> Result:
        wire = self.render(parcel)
        timestamp = str(int(self._clock().timestamp()))
        secret = self._settings.secret.get_secret_value()
        headers = {
            "content-type": wire.media_type,
            "sealflow-id": str(parcel.delivery_id),
            "sealflow-timestamp": timestamp,
            "sealflow-signature": signature(secret, timestamp, wire.body),
        }
        try:
            answer = await self._web.ask(
                "POST",
                self._settings.url,
                seconds=self._settings.seconds,
                headers=headers,
                body=wire.body,
            )
        except NotSent as error:
            return Result(Outcome.TROUBLE, f"the receiver cannot be reached: {error}")
        except NoAnswer as error:
            return Result(Outcome.UNKNOWN, f"the receiver did not answer: {error}")
        return self._read(answer)

    def _read(self, answer: Answer) -> Result:
        code, reason = str(answer.status), f"the receiver answered {answer.status}"
        if 200 <= answer.status < 300:
            return Result(Outcome.DELIVERED)
        if answer.status == 429:
            wait = answer.retry_after or timedelta(minutes=1)
            return Result(Outcome.WAIT, reason, code, retry_at=self._clock() + wait)
        if answer.status in OURS_TO_MEND or 300 <= answer.status < 400:
            return Result(Outcome.TROUBLE, reason, code, blame=Blame.SETTINGS, at_once=True)
        if answer.status >= 500:
            return Result(Outcome.TROUBLE, reason, code)
        return Result(Outcome.REFUSED, reason, code, blame=Blame.CONTENT)
