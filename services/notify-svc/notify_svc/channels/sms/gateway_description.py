"""How a gateway for SMS is spoken to, as a TOML file says it; examples are in deploy/sms/.

Every text is a template (Jinja2, sandboxed) over what a request is about: `mobile`, `e164`, `text`,
`signature`, `kind`, `template`, `delivery_id`, `message_id`, `day`, `now`, `timestamp`, `nonce`,
`secret.*`, and the `values` that stand before it. The filters are those of Jinja2 and `md5`,
`sha1`, `sha256`, `hmac_sha1(key)`, `hmac_sha256(key)`, `base64`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

NAME = re.compile(r"[a-z][a-z0-9-]{1,19}")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BodyFormat(StrEnum):
    JSON = "json"
    FORM = "form"
    BASE64_JSON = "base64-json"  # 云MAS
    NONE = "none"  # everything is in the query


class RequestPart(Part):
    """`values` are worked out first, in their order; `headers` last: they know `body`, which lets
    them carry its signature."""

    method: Literal["GET", "POST", "PUT"] = "POST"
    url: str
    values: Mapping[str, str] = Field(default_factory=dict)
    query: Mapping[str, str] = Field(default_factory=dict)
    headers: Mapping[str, str] = Field(default_factory=dict)
    body: BodyFormat = BodyFormat.JSON
    fields: Mapping[str, Any] = Field(default_factory=dict)


class Meaning(StrEnum):
    """Of a code: what it says about the message, the person, or us."""

    TAKEN = "taken"
    RECIPIENT = "recipient"  # the number cannot be reached
    ENOUGH = "enough"  # this number has got enough for today
    CONTENT = "content"  # the text is not taken
    TEMPLATE = "template"  # the template of this kind has to be mended
    SETTINGS = "settings"  # nothing is taken until we mend something
    BUSY = "busy"  # the gateway is in trouble
    SLOWER = "slower"  # not now, for this number
    SPENT = "spent"  # nothing more today
    UNCLEAR = "unclear"  # it may have gone out


class AnswerFormat(StrEnum):
    JSON = "json"
    XML = "xml"
    TEXT = "text"


class AnswerPart(Part):
    """`code` and `message_id` are paths (`data.0.id`), or names of groups of `pattern` for text."""

    format: AnswerFormat = AnswerFormat.JSON
    pattern: str | None = None
    code: str
    taken: Sequence[str]
    message_id: str | None = None
    codes: Mapping[str, Meaning] = Field(default_factory=dict)
    otherwise: Meaning = Meaning.SETTINGS  # of a code that is not listed

    @model_validator(mode="after")
    def _text_has_a_pattern(self) -> Self:
        if (self.format is AnswerFormat.TEXT) != (self.pattern is not None):
            raise ValueError("an answer of text, and no other, has a pattern")
        if self.pattern is not None:
            groups = re.compile(self.pattern).groupindex
            missing = {self.code, self.message_id} - {None, *groups}
            if missing:
                raise ValueError(f"the pattern has no groups {sorted(map(str, missing))}")
        return self


class ReportsPart(Part):
    """Where a report says what: paths within each of those at `each` (empty: the body itself).

    What is neither `reached` nor in `waiting` was not reached.
    """

    each: str = ""
    message_id: str | None = None
    delivery_id: str | None = None
    status: str
    reached: Sequence[str]
    waiting: Sequence[str] = ()
    unreachable: Sequence[str] = ()

    @model_validator(mode="after")
    def _says_what_it_is_about(self) -> Self:
        if self.message_id is None and self.delivery_id is None:
            raise ValueError("a report needs message_id or delivery_id")
        return self


class ProofPart(Part):
    """What a pushed report must carry: at `field` (a path in the body) or `header`."""

    field: str | None = None
    header: str | None = None
    value: str


class PushedPart(Part):
    """Reports that the gateway brings. `proof` in addition to the `?key=` of the address."""

    format: Literal["json", "form", "xml", "query"] = "json"
    reports: ReportsPart
    proof: ProofPart | None = None
    answer: str = "OK"
    answer_type: str = "text/plain"


class QueryPart(Part):
    """How it is asked what became of a message, by `message_id`, `delivery_id` or `mobile`."""

    request: RequestPart
    answer: AnswerPart
    reports: ReportsPart
    # Asked with what is known even where the answer to the message itself never came.
    finds_by_delivery: bool = False


class Description(Part):
    """`signature`: the 签名 that the gateway puts in front, for counting; `in_text`: we do.

    `recognises_seconds`: for how long a second request of the same `delivery_id` is not sent again.
    """

    name: str
    signature: str = Field(min_length=2)
    in_text: bool = False
    needs_template: bool = False  # it sends approved texts only
    recognises_seconds: float | None = None
    secrets: Sequence[str] = ()  # names that must be given
    request: RequestPart
    answer: AnswerPart
    pushed: PushedPart | None = None
    query: QueryPart | None = None

    @field_validator("name")
    @classmethod
    def _can_stand_in_a_path(cls, name: str) -> str:
        if not NAME.fullmatch(name):
            raise ValueError("a name is 2 to 20 small letters, digits and hyphens")
        return name


class GatewaySettings(BaseModel):
    """`NOTIFY_SMS_GATEWAY__…`. `secrets`: name → value, as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict)
    receipt_key: SecretStr | None = Field(default=None, min_length=24)
    url: str | None = None  # in place of the scheme, host and port in the file
    seconds: float = Field(default=10, gt=0)

    def description(self) -> Description:
        """Raises: OSError, pydantic.ValidationError, ValueError for a missing secret."""
        text = self.file.read_text(encoding="utf-8")
        description = Description.model_validate(tomllib.loads(text))
        missing = set(description.secrets) - set(self.secrets)
        if missing:
            raise ValueError(f"secrets are missing: {sorted(missing)}")
        return description
