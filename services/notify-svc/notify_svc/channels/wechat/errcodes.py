"""WeChat's errcodes: what each means for a message.

Sources: developers.weixin.qq.com (全局返回码), WxJava's WxMpErrorMsgEnum, live answers in the
developer community.
"""

from datetime import timedelta

from notify_svc.channels.verdict import (
    TAKEN,
    Verdict,
    busy,
    content,
    enough,
    recipient,
    settings,
    spent,
    template,
)

A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)

TOKEN = frozenset({40001, 40014, 42001})  # another token mends it

VERDICTS: dict[int, Verdict] = {
    0: TAKEN,
    -1: busy("WeChat is busy"),
    40001: settings("WeChat does not accept our token or app secret"),
    40002: settings("WeChat does not know this way of asking for a token"),
    40003: recipient("the openid is not of this account"),
    40013: settings("WeChat does not know our appid"),
    40014: settings("WeChat does not accept our token"),
    40029: enough("WeChat does not know the code of this sign-in"),
    40036: template("the template's id has not the right length"),
    40037: template("the account has no template of this id"),
    40125: settings("the app secret is wrong"),
    40163: enough("the code of this sign-in has been used"),
    40164: settings("our address is not on the account's IP list"),
    40243: settings("the app secret is frozen"),
    40249: content("WeChat blocked the text as illegal content"),
    41001: settings("WeChat saw no token in our request"),
    42001: settings("WeChat does not accept our token"),
    43004: recipient("the person does not follow the account"),
    43019: recipient("the person is on the account's blacklist"),
    43101: enough("the person refuses this kind of message"),
    45002: content("the text is too long"),
    45003: content("the title is too long"),
    45009: spent("today's quota of messages is used up"),
    45011: spent("too many calls in this minute", A_MINUTE),
    45065: TAKEN,  # a message of this client_msg_id was taken before
    45066: spent("repeated too fast", A_MINUTE),
    45067: settings("the client_msg_id is too long"),
    47001: content("WeChat could not read the message"),
    47003: content("a field has not the form that its type demands"),
    48001: settings("the account may not send template messages"),
    48002: recipient("the person has switched the account's messages off"),
    48004: settings("WeChat has banned this interface for the account"),
    50002: settings("WeChat has restricted the account"),
    50005: recipient("the person does not follow the account"),
}
UNKNOWN_CODE = settings("WeChat answers with a code that is not known here")

# Receipts: what follows “failed:”, without spaces.
RECEIPTS: dict[str, Verdict] = {
    "userblock": recipient("the person has blocked the account"),
    "systemfailed": busy("WeChat could not deliver it"),
    "freqlimit": spent("WeChat delivers no more to this person for now", AN_HOUR),
}
