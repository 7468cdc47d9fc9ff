"""What may stand in an SMS, and how a text fits the template that its provider has approved."""

import re
from collections.abc import Iterator, Sequence

from notify_svc.channels import Parcel
from notify_svc.channels.sms.segments import LONGEST, length, signed
from notify_svc.domain import Kind, Message
from notify_svc.provider_templates import ProviderTemplate

VARIABLE = re.compile(r"\$\{(?P<named>\w+)\}|\{(?P<numbered>\d+)\}")
LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)


class NotApproved(ValueError):
    """There is no approved template for the message, or it is another text."""


def variables(template: ProviderTemplate, text: str) -> dict[str, str]:
    """Name or number → value: what stands in `text` where the approved text has ${name} or {1}.

    Raises: NotApproved.
    """
    names, pattern, at = [], "", 0
    approved = template.text or ""
    for found in VARIABLE.finditer(approved):
        names.append(found["named"] or found["numbered"])
        pattern += re.escape(approved[at : found.start()]) + "(.+?)"
        at = found.end()
    matched = re.fullmatch(pattern + re.escape(approved[at:]), text, re.DOTALL)
    if matched is None:
        raise NotApproved("the text is not the one that the provider has approved")
    return dict(zip(names, matched.groups(), strict=True))


def approved(template: ProviderTemplate | None, kind: Kind) -> ProviderTemplate:
    """Raises: NotApproved."""
    if template is None or not template.usable:
        raise NotApproved(f"the provider has no approved template for {kind}")
    return template


def problems(text: str, signature: str) -> Iterator[str]:
    """Of any text, whoever sends it."""
    if "【" in text or "】" in text:
        yield "【】 are for the signature alone, which the provider puts in front"
    if LINK.search(text):
        yield "an SMS may not contain a link"
    units = length(signed(signature, text)).characters
    if units > LONGEST:
        yield f"{units} characters with the signature; the provider takes {LONGEST}"


def template_problems(
    template: ProviderTemplate | None, kind: Kind, message: Message, *, variable_limit: int
) -> Sequence[str]:
    """Of a text that goes out by an approved template."""
    try:
        values = variables(approved(template, kind), message.text)
    except NotApproved as error:
        return [str(error)]
    return [
        f"variable {name} may hold {variable_limit} characters, not {len(value)}"
        for name, value in values.items()
        if len(value) > variable_limit
    ]


def remarks(parcel: Parcel, signature: str) -> Sequence[str]:
    size = length(signed(signature, parcel.message.text))
    return [f"{size.characters} 字（含签名），计 {size.segments} 条"]
