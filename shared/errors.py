"""Refusals: named errors that people can act on, rendered as problem+json (RFC 9457)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel


class FieldError(BaseModel):
    """What is wrong with one field. `field` is its path, e.g. `form.materials.0.copies`."""

    field: str
    code: str
    message: str


class Refusal(Exception):
    """The request cannot be done as asked. Subclass it, name it, give it a code and a sentence.

    `code` is stable and is what the portal translates by; `message` says what to do.
    `details` become members of the problem document, beside its own.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "无法完成这个操作"

    def __init__(self, *, errors: Sequence[FieldError] = (), **details: Any) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.details = details

    def problem(self) -> dict[str, Any]:
        body = {"type": "about:blank", "title": self.message, "status": self.status}
        body = {**self.details, **body, "code": self.code}
        if self.errors:
            body["errors"] = [error.model_dump() for error in self.errors]
        return body


class Unauthenticated(Refusal):
    status = 401
    code = "not_signed_in"
    message = "请先登录"


class Forbidden(Refusal):
    status = 403
    code = "forbidden"
    message = "您没有进行这个操作的权限"


class NotFound(Refusal):
    """Also for what exists but is not the caller's: the two cannot be told apart."""

    status = 404
    code = "not_found"
    message = "没有找到，或您无权查看"


class Conflict(Refusal):
    status = 409
    code = "conflict"
    message = "状态已经改变，请刷新后再试"


class TooLarge(Refusal):
    status = 413
    code = "too_large"
    message = "内容太大"


class Unsupported(Refusal):
    status = 415
    code = "unsupported"
    message = "不支持这种内容"


class Invalid(Refusal):
    status = 422
    code = "invalid"
    message = "填写的内容有误，请更正后再提交"


class TooMany(Refusal):
    status = 429
    code = "too_many"
    message = "操作过于频繁，请稍后再试"


class Unavailable(Refusal):
    status = 503
    code = "unavailable"
    message = "服务暂时不可用，请稍后再试；已填写的内容没有丢失"
