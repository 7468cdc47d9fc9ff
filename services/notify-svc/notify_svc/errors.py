"""notify-svc's refusals."""

from shared.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable


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


class NotOutOfReach(NotFound):
    """The address is tried as any other."""

    code = "not_out_of_reach"
    message = "这个联系方式没有被暂停，不需要恢复"


class CannotBeSentAgain(Conflict):
    code = "cannot_be_sent_again"
    message = "这条消息仍在发送，或没有可用的联系方式，不能重新发送"


class MayHaveGoneOut(Conflict):
    code = "may_have_gone_out"
    message = "这条消息可能已经送达，再次发送会使对方收到两次；确认仍要发送请勾选“允许重复”"


class CannotBeCancelled(Conflict):
    code = "cannot_be_cancelled"
    message = "这条消息正在发送或已经结束，不能取消"


class BindingNotOffered(NotFound):
    """The installation has no account of that provider."""

    code = "binding_not_offered"
    message = "本系统没有开通这个渠道，不需要绑定"


class NoSuchTicket(NotFound):
    """Of another person, or of none."""

    code = "no_such_binding_ticket"
    message = "没有找到这次绑定，请重新开始"


class TicketExpired(Conflict):
    code = "binding_ticket_expired"
    message = "二维码已经过期，请重新开始绑定"


class NotScannedYet(Conflict):
    code = "binding_not_scanned"
    message = "还没有收到扫码，请先用微信扫描二维码"


class WrongCheckCode(Invalid):
    """`tries_left` says how often another one may be tried."""

    code = "wrong_check_code"
    message = "确认码不正确，请输入扫码后公众号回复的确认码"


class BoundElsewhere(Conflict):
    code = "bound_elsewhere"
    message = "这个微信已经绑定了另一位用户，请先由其解除绑定"


class ProviderAway(Unavailable):
    """Nothing was changed."""

    code = "provider_away"
    message = "暂时无法联系微信，请稍后再试"


class SignInRefused(Conflict):
    """WeChat does not know the code: it is used or old."""

    code = "wechat_sign_in_refused"
    message = "微信没有确认您的身份，请从头再来一次"


class CallbackTooLarge(TooLarge):
    """No provider's callback is so large."""

    code = "callback_too_large"
    message = "回调请求的内容太大"
