"""What the gateway refuses, each by name."""

from shared.errors import Forbidden, Refusal, TooLarge, TooMany, Unauthenticated, Unavailable


class BadCredentials(Refusal):
    """One answer for an unknown login, a wrong password and a person who has left."""

    status = 401
    code = "bad_credentials"
    message = "用户名或密码不正确"


class NotSignedIn(Unauthenticated):
    pass


class TooManyAttempts(TooMany):
    """`retry_after_seconds` says when the next attempt is looked at."""

    code = "too_many_attempts"
    message = "登录尝试过多，请稍后再试"


class TooManyPages(TooMany):
    code = "too_many_pages"
    message = "打开的页面太多，这一页不再自动更新；请关闭不用的页面"


class TooManyChecks(TooMany):
    """`retry_after_seconds` says when the next one is let through."""

    code = "too_many_checks"
    message = "查验过于频繁，请稍后再试"


class CrossSite(Forbidden):
    code = "cross_site"
    message = "这个操作必须从本网站的页面发起；请打开办事大厅后重试"


class OutsideNetwork(Forbidden):
    code = "outside_network"
    message = "当前网络不能访问办事大厅；请连接校园网或先登录 VPN 后再打开"


class ServiceUnavailable(Unavailable):
    """The service could not be reached: nothing was done."""

    code = "service_unavailable"
    message = "服务暂时不可用，操作没有执行；请稍后再试，若持续出现请联系服务台"


class ServiceInterrupted(Refusal):
    """The service broke off before it answered: what was asked may or may not have been done."""

    status = 502
    code = "service_interrupted"
    message = "服务在处理时中断，无法确认是否已经执行；请刷新页面查看结果后再决定是否重试"


class ServiceTooSlow(Refusal):
    """The service did not answer in time: what was asked may or may not have been done."""

    status = 504
    code = "service_too_slow"
    message = "服务没有及时答复，无法确认是否已经执行；请刷新页面查看结果后再决定是否重试"


class TooManyCallbacks(TooMany):
    """`retry_after_seconds` says when the next one is let through; a provider calls again."""

    code = "too_many_callbacks"
    message = "回调请求过于频繁，请稍后再试"


class CallbackTooLarge(TooLarge):
    """No provider sends so much, or it does not say how much it sends."""

    code = "callback_too_large"
    message = "回调请求的内容太大"
