"""notify-svc's refusals."""

from shared.errors import Invalid, NotFound


class NoDevInbox(NotFound):
    """The installation sends for real and shows nobody's messages to others."""


class NoCallbacks(NotFound):
    """No provider of this name calls us."""


class BadCallback(Invalid):
    """Its signature, its form or its time is not the provider's."""

    code = "bad_callback"
    message = "回调请求无效：签名、时间或格式不正确"
