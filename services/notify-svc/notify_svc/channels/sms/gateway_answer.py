"""What a gateway answers and reports, read as its description says."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from notify_svc.channels import Fate, Receipt
from notify_svc.channels.http import NotUnderstood
from notify_svc.channels.sms.gateway_description import AnswerFormat, AnswerPart, ReportsPart
from notify_svc.channels.weixin_callback import NotReadable, fields


@dataclass(frozen=True, slots=True)
class Report:
    message_id: str | None
    delivery_id: UUID | None
    status: str
    fate: Fate | None  # None: on its way
    unreachable: bool

    def receipt(self) -> Receipt:
        assert self.fate is not None  # noqa: S101 - what is on its way is no receipt
        return Receipt(
            key=f"{self.message_id}:{self.delivery_id}:{self.status}"[:200],
            fate=self.fate,
            message_id=self.message_id,
            delivery_id=self.delivery_id,
            code=self.status[:40],
            reason=""
            if self.fate is Fate.REACHED
            else f"the carrier could not deliver it: {self.status[:40]}",
            unreachable=self.unreachable,
        )


def content(part: AnswerPart, body: bytes) -> Any:
    """Raises: NotUnderstood."""
    if part.format is AnswerFormat.TEXT:
        found = re.search(part.pattern or "", body.decode("utf-8", "replace"), re.DOTALL)
        if found is None:
            raise NotUnderstood("the answer is not as the pattern says")
        return found.groupdict()
    return structure(part.format, body)


def structure(format_: str, body: bytes) -> Any:
    """Of JSON, XML or a form. Raises: NotUnderstood."""
    try:
        match format_:
            case "json":
                return json.loads(body)
            case "xml":
                return fields(body)
            case _:
                return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (ValueError, NotReadable):
        raise NotUnderstood(f"it is not {format_}") from None


def at(value: Any, path: str | None) -> Any:
    """What is at `a.0.b`; None where there is nothing. XML has its paths as names."""
    if not path:
        return value
    if isinstance(value, Mapping) and path in value:
        return value[path]
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def text(value: Any) -> str:
    """As it would stand in the description: true, not True."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def reports(part: ReportsPart, value: Any) -> list[Report]:
    """Raises: NotUnderstood."""
    found = at(value, part.each)
    if found is None:
        return []
    several = found if isinstance(found, list) else [found]
    if not all(isinstance(one, Mapping) for one in several):
        raise NotUnderstood("a report is not an object")
    return [_report(part, one) for one in several]


def _report(part: ReportsPart, value: Mapping[str, Any]) -> Report:
    status = text(at(value, part.status))
    fate: Fate | None = Fate.NOT_REACHED
    if status in part.reached:
        fate = Fate.REACHED
    elif status in part.waiting:
        fate = None
    return Report(
        message_id=(text(at(value, part.message_id)) or None) if part.message_id else None,
        delivery_id=_id(at(value, part.delivery_id)) if part.delivery_id else None,
        status=status,
        fate=fate,
        unreachable=status in part.unreachable,
    )


def _id(value: Any) -> UUID | None:
    try:
        return UUID(hex=str(value))
    except ValueError:
        return None
