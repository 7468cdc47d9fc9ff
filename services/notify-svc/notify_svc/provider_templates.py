"""What the providers have approved: a file of the installation, `NOTIFY_PROVIDER_TEMPLATES`.

    [wechat.urged]
    id = "Tmpl-3vP…"
    state = "approved"
    fields = { title = "thing1", at = "time2", progress = "thing3", remark = "thing4" }

    [sms.urged]
    id = "SMS_123456789"
    state = "approved"
    text = "您有一条用印审批待办事项被申请人催办，烦请尽快登录网上办事大厅办理。"

Providers that take free text (mail, a campus gateway) need no entry.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from notify_svc.domain import Kind
from shared.contracts.notify import Channel


class AuditState(StrEnum):
    """Of a template at its provider."""

    APPLIED = "applied"  # 审核中
    APPROVED = "approved"
    REFUSED = "refused"
    PAUSED = "paused"


class ProviderTemplate(BaseModel):
    """`fields`: name of a field in our template → the provider's key, whose letters are its type.

    `text`: of an SMS, as it was approved, to be compared with what we would send.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    state: AuditState
    fields: Mapping[str, str] = Field(default_factory=dict)
    text: str | None = None

    @property
    def usable(self) -> bool:
        return self.state is AuditState.APPROVED


ProviderTemplates = Mapping[Channel, Mapping[Kind, ProviderTemplate]]

_FILE = TypeAdapter(dict[Channel, dict[Kind, ProviderTemplate]])


def load(path: Path | None) -> ProviderTemplates:
    """Raises: pydantic.ValidationError naming what is wrong; OSError."""
    if path is None:
        return {}
    return _FILE.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
