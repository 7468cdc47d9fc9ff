"""The words of a notification, kept so that it can be written again for another channel."""

import json
from collections.abc import Mapping
from datetime import datetime

from notify_svc.privacy import Safe

Words = Mapping[str, object]

MOMENT = "$at"


def sealed(safe: Safe, words: Words) -> str:
    plain = {
        name: {MOMENT: value.isoformat()} if isinstance(value, datetime) else value
        for name, value in words.items()
    }
    return safe.seal(json.dumps(plain, ensure_ascii=False))


def unsealed(safe: Safe, text: str) -> Words:
    return json.loads(safe.open(text), object_hook=_moment)  # type: ignore[no-any-return]


def _moment(value: dict[str, object]) -> object:
    moment = value.get(MOMENT)
    return datetime.fromisoformat(moment) if isinstance(moment, str) else value
