"""What the fields of a template may hold; their types are the letters of their keys: thing1 …

Source: the table of the official page on template messages (类目模板 参数值内容限制).
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from notify_svc.domain import Message
from notify_svc.provider_templates import ProviderTemplate

# Type → longest value, in characters.
LONGEST: Mapping[str, int] = {
    "thing": 20,
    "const": 20,
    "phrase": 5,
    "name": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "time": 40,
    "date": 40,
    "amount": 20,
    "phone_number": 17,
    "car_number": 8,
}
FORM: Mapping[str, re.Pattern[str]] = {
    "number": re.compile(r"[0-9.]+"),
    "letter": re.compile(r"[A-Za-z]+"),
    "character_string": re.compile(r"[\x21-\x7e]+"),
    "phone_number": re.compile(r"[0-9+() -]+"),
    "name": re.compile(r"[^\x00-\x7f]{1,10}|[\x20-\x7e]{1,20}"),
    "time": re.compile(r".*\d{1,2}:\d{2}.*"),
    "date": re.compile(r"\d{4}(-|年)\d{1,2}(-|月)\d{1,2}.*"),
}
CUT = frozenset({"thing"})  # free text, which we cut ourselves where it is too long
PLACE = re.compile(r"\{\{(\w+)\.DATA\}\}")
KEY = re.compile(r"([a-z_]+)([0-9]+)")

COLOURLESS = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF]")  # emoji are not shown


def values(message: Message, template: ProviderTemplate) -> dict[str, str]:
    """Key → value, as sent. Raises: KeyError for a field that the message has not."""
    lines = {line.name: line.value for line in message.fields}
    return {key: fitted(key, lines[name]) for name, key in template.fields.items()}


def fitted(key: str, value: str) -> str:
    kind = type_of(key)
    value = " ".join(value.split()) or "无"
    limit = LONGEST.get(kind or "", len(value))
    return value[: limit - 1] + "…" if kind in CUT and len(value) > limit else value


def type_of(key: str) -> str | None:
    found = KEY.fullmatch(key)
    return found[1] if found is not None and found[1] in LONGEST else None


def problems(message: Message, template: ProviderTemplate) -> Sequence[str]:
    """What WeChat would refuse, in words."""
    return [*_of_the_map(message, template), *_of_the_values(message, template)]


def against_the_account(kind: str, template: ProviderTemplate, listed: str | None) -> Sequence[str]:
    """`listed`: what the account says of the template, with {{thing1.DATA}} for each field."""
    if listed is None:
        return [f"{kind}: the account has no template {template.id}"]
    theirs, ours = set(PLACE.findall(listed)), set(template.fields.values())
    return [
        *(f"{kind}: the account's template has no {key}" for key in sorted(ours - theirs)),
        *(f"{kind}: nothing is set for {key}" for key in sorted(theirs - ours)),
    ]


def _of_the_map(message: Message, template: ProviderTemplate) -> Iterator[str]:
    ours = {line.name for line in message.fields}
    for name in ours - set(template.fields):
        yield f"the template of the account has no key for {name}"
    for name in set(template.fields) - ours:
        yield f"the message has no {name}"
    for key in template.fields.values():
        if type_of(key) is None:
            yield f"{key} is no key of a template"


def _of_the_values(message: Message, template: ProviderTemplate) -> Iterator[str]:
    for line in message.fields:
        key = template.fields.get(line.name)
        kind = type_of(key) if key else None
        if key is None or kind is None:
            continue
        value = fitted(key, line.value)
        if len(value) > LONGEST[kind]:
            yield f"{key} ({line.label}) may hold {LONGEST[kind]} characters, not {len(value)}"
        if kind in FORM and not FORM[kind].fullmatch(value):
            yield f"{key} ({line.label}) cannot hold such a value"
        if COLOURLESS.search(value):
            yield f"{key} ({line.label}) contains an emoji, which WeChat does not show"
