"""notify-svc's refusals."""

from shared.errors import Conflict, Invalid, NotFound


class NoDevInbox(NotFound):
    """The installation sends for real and shows nobody's messages to others."""


class NoCallbacks(NotFound):
    """No provider of this name calls us."""


class BadCallback(Invalid):
    """Its signature, its form or its time is not the provider's."""

    code = "bad_callback"
    message = "回调请求无效：签名、时间或格式不正确"


class NoSuchMessage(NotFound):
    """Not in the caller's own inbox."""


class NoSuchDelivery(NotFound):
    pass


class NoSuchTemplate(NotFound):
    """This kind of message has no text for that channel."""

    code = "no_such_template"
    message = "这种消息没有该渠道的模板"


class PreferenceNotPossible(Invalid):
    code = "preference_not_possible"
    message = "这种消息不能这样设置：该渠道不可用、不能关闭，或不能汇总发送"


class CannotBeSentAgain(Conflict):
    code = "cannot_be_sent_again"
    message = "这条消息仍在发送，或没有可用的联系方式，不能重新发送"


class MayHaveGoneOut(Conflict):
    code = "may_have_gone_out"
    message = "这条消息可能已经送达，再次发送会使对方收到两次；确认仍要发送请勾选“允许重复”"


class CannotBeCancelled(Conflict):
    code = "cannot_be_cancelled"
    message = "这条消息正在发送或已经结束，不能取消"
