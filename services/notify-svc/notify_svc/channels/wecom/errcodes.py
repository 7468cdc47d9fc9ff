"""WeCom's errcodes: what each means for a message.

Sources: developer.work.weixin.qq.com (全局错误码), WxJava's WxCpErrorMsgEnum.
"""

from datetime import timedelta

from notify_svc.channels.verdict import TAKEN, Verdict, busy, content, recipient, settings, spent

A_MINUTE = timedelta(minutes=1)

TOKEN = frozenset({40001, 40014, 42001})  # another token mends it; 40001 also a wrong secret

VERDICTS: dict[int, Verdict] = {
    0: TAKEN,
    -1: busy("WeCom is busy"),
    40001: settings("the application's secret is wrong"),
    40003: recipient("WeCom does not know this member"),
    40008: content("WeCom does not know this type of message"),
    40013: settings("WeCom does not know our corporation id"),
    40014: settings("WeCom does not accept our token"),
    40056: settings("the application's id is wrong"),
    40058: content("a field of the card is not as WeCom wants it"),
    41001: settings("WeCom saw no token in our request"),
    42001: settings("WeCom does not accept our token"),
    42045: content("the card can no longer be changed"),
    45009: spent("too many calls", A_MINUTE),
    45033: spent("too many calls at once", A_MINUTE),
    48002: settings("the application may not use this interface"),
    60011: settings("the application may not see this member"),
    60020: settings("our address is not among the application's trusted IPs"),
    60111: recipient("WeCom does not know this member"),
    81013: recipient("the member is unknown or outside the application's scope"),
    82001: recipient("the message names no one who may receive it"),
    301002: settings("the application may not be used by this secret"),
}
UNKNOWN_CODE = settings("WeCom answers with a code that is not known here")
OUTSIDE_SCOPE = recipient("the member is unknown or outside the application's scope")
WITHOUT_LICENCE = recipient("the member has no licence for applications")
