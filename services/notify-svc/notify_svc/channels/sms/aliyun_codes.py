"""Codes of Alibaba Cloud's SMS: what each means for a message.

Source: help.aliyun.com/document_detail/101346.html; of receipts: the table of 回执状态码 there.
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
    slower,
    spent,
    template,
)

A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

VERDICTS: dict[str, Verdict] = {
    "OK": TAKEN,
    "isv.BUSINESS_LIMIT_CONTROL": slower("this number has got enough for now", A_MINUTE),
    "isv.DAY_LIMIT_CONTROL": spent("today's limit is used up"),
    "isv.MONTH_LIMIT_CONTROL": spent("this month's limit is used up"),
    "isv.MOBILE_NUMBER_ILLEGAL": recipient("it is not a mobile number"),
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": recipient("the template is not for this country"),
    "isv.TEMPLATE_MISSING_PARAMETERS": content("a variable of the template is missing"),
    "isv.TEMPLATE_PARAMS_ILLEGAL": content("a variable is not as the template allows"),
    "isv.INVALID_JSON_PARAM": content("the variables are not JSON"),
    "isv.PARAM_LENGTH_LIMIT": content("a variable is too long"),
    "isv.PARAM_NOT_SUPPORT_URL": content("a variable contains a link"),
    "isv.BLACK_KEY_CONTROL_LIMIT": content("a variable contains a forbidden word"),
    "isv.SMS_CONTENT_ILLEGAL": content("the text is forbidden"),
    "isv.INVALID_PARAMETERS": content("a parameter is not as it should be"),
    "isv.SMS_TEMPLATE_ILLEGAL": template("the template does not exist or is not approved"),
    "isv.SMS_SIGNATURE_ILLEGAL": settings("the signature does not exist or is not approved"),
    "isv.SMS_SIGN_ILLEGAL": settings("the signature does not exist or is not approved"),
    "isv.SIGN_STATE_ILLEGAL": settings("the signature is not registered with the carriers"),
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": template("the signature is not for this template"),
    "isv.EXTEND_CODE_ERROR": settings("the extension code belongs to another signature"),
    "isp.RAM_PERMISSION_DENY": settings("the access key may not send SMS"),
    "isv.ACCOUNT_NOT_EXISTS": settings("the account does not exist"),
    "isv.ACCOUNT_ABNORMAL": settings("the account is in an irregular state"),
    "isv.PRODUCT_UN_SUBSCRIPT": settings("the account has not subscribed to SMS"),
    "isv.PRODUCT_UNSUBSCRIBE": settings("the account has not subscribed to SMS"),
    "isv.DENY_IP_RANGE": settings("our address is not on the account's list"),
    "isv.INTERFACE_OFFLINE": settings("this interface exists no more"),
    "isv.OUT_OF_SERVICE": settings("the account has been stopped: settle its bill"),
    "isv.AMOUNT_NOT_ENOUGH": settings("the account is empty: settle its bill"),
    "SignatureDoesNotMatch": settings("the access key's secret is wrong"),
    "IncompleteSignature": settings("the access key's secret is wrong"),
    "InvalidAccessKeyId.NotFound": settings("there is no such access key"),
    "InvalidAccessKeyId.Inactive": settings("the access key is switched off"),
    "InvalidTimeStamp.Expired": settings("our clock is wrong"),
    "isp.SYSTEM_ERROR": busy("the SMS service is in trouble"),
    "ServiceUnavailable": busy("the SMS service is in trouble"),
    "InternalError": busy("the SMS service is in trouble"),
    "Throttling": spent("too many requests", timedelta(seconds=10)),
}
# Of receipts: the number is switched off for good, is nobody's, or has refused us (退订).
UNREACHABLE = frozenset(
    {"MOBILE_NOT_ON_SERVICE", "INVALID_NUMBER", "MOBILE_IN_BLACK", "USER_REJECT"}
)
UNKNOWN_CODE = settings("Alibaba Cloud answers with a code that is not known here")


def verdict(code: str, message: str = "") -> Verdict:
    """`message` tells which of a number's limits it is: 触发分钟级, 小时级, 天级流控."""
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        if "天级" in message:
            # Another channel takes over today rather than this one tomorrow.
            return enough("this number has got enough for today")
        return slower("this number has got enough for now", _window(message))
    if code.startswith("Throttling"):
        code = "Throttling"
    return VERDICTS.get(code, UNKNOWN_CODE)


def _window(message: str) -> timedelta:
    return AN_HOUR if "小时级" in message else A_MINUTE
