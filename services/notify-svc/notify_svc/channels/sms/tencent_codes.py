"""Codes of Tencent Cloud's SMS: what each means for a message.

Source: the error codes of its API 2021-01-11 (cloud.tencent.com/document/api/382/55981 and the
SDK's errorcodes.py). What is not of sending (administration of signatures, marketing, statistics)
has the meaning of its family: the part before the dot.
"""

import re
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
    unclear,
)

VERDICTS: dict[str, Verdict] = {
    "Ok": TAKEN,
    "LimitExceeded.PhoneNumberThirtySecondLimit": slower(
        "this number got one within 30 seconds", timedelta(seconds=35)
    ),
    "LimitExceeded.PhoneNumberOneHourLimit": slower(
        "this number has got enough for this hour", timedelta(hours=1)
    ),
    "LimitExceeded.DeliveryFrequencyLimit": slower(
        "this number has got enough for now", timedelta(minutes=1)
    ),
    "RequestLimitExceeded": spent("too many requests", timedelta(seconds=10)),
    "LimitExceeded.PhoneNumberDailyLimit": enough("this number has got enough for today"),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": enough(
        "this number has got this text often enough for today"
    ),
    "LimitExceeded.AppDailyLimit": spent("today's limit is used up"),
    "LimitExceeded.AppMainlandChinaDailyLimit": spent("today's limit is used up"),
    "LimitExceeded.AppGlobalDailyLimit": spent("today's limit is used up"),
    "LimitExceeded.AppCountryOrRegionDailyLimit": spent("today's limit is used up"),
    "LimitExceeded.DailyLimit": spent("today's limit is used up"),
    "LimitExceeded.AppCountryOrRegionInBlacklist": recipient("nothing is sent to this country"),
    "LimitExceeded.GlobalSmsSendingRateLimit": spent("too many requests", timedelta(seconds=10)),
    "FailedOperation.PhoneNumberInBlacklist": recipient(
        "the number is on the blacklist: its owner has replied with T"
    ),
    "FailedOperation.PhoneNumberParseFail": recipient("it is not a telephone number"),
    "InvalidParameterValue.IncorrectPhoneNumber": recipient("it is not a telephone number"),
    "FailedOperation.ContainSensitiveWord": content("the text contains a forbidden word"),
    "InvalidParameter.DirtyWordFound": content("the text contains a forbidden word"),
    "InvalidParameterValue.ContentLengthLimit": content("the text is too long"),
    "InvalidParameterValue.TemplateParameterLengthLimit": content("a variable is too long"),
    "InvalidParameterValue.TemplateParameterFormatError": content(
        "a variable is not as the template allows"
    ),
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": content(
        "a variable contains a link"
    ),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": content(
        "the variables are not those of the template"
    ),
    "FailedOperation.FailResolvePacket": content("the request could not be read"),
    "FailedOperation.JsonParseFail": content("the request could not be read"),
    "FailedOperation.SignatureIncorrectOrUnapproved": settings(
        "the signature does not exist or is not approved"
    ),
    "FailedOperation.MissingSignature": settings("the application has no signature"),
    "FailedOperation.TemplateIncorrectOrUnapproved": template(
        "the template does not exist or is not approved"
    ),
    "FailedOperation.TemplateUnapprovedOrNotExist": template(
        "the template does not exist or is not approved"
    ),
    "FailedOperation.TemplateIdNotExist": template("the template does not exist"),
    "FailedOperation.InsufficientBalanceInSmsPackage": settings("the package of SMS is used up"),
    "FailedOperation.OtherError": busy("the SMS service is in trouble"),
    "InvalidParameterValue.SdkAppIdNotExist": settings("there is no such application"),
    "AuthFailure.SignatureExpire": settings("our clock is wrong"),
    "AuthFailure.SignatureFailure": settings("the secret key is wrong"),
    "AuthFailure.SecretIdNotFound": settings("there is no such secret id"),
    "InternalError.OtherError": busy("the SMS service is in trouble"),
    "InternalError.UnknownError": busy("the SMS service is in trouble"),
    "InternalError.JsonParseFail": busy("the SMS service is in trouble"),
    "InternalError.Timeout": unclear("the SMS service ran out of time"),
    "InternalError.SendAndRecvFail": unclear("the SMS service lost a connection of its own"),
    "InternalError.ParseBackendResponseFail": unclear("the SMS service lost its own answer"),
    "InternalError.RequestTimeException": settings("our clock is wrong"),
    "InternalError.SigFieldMissing": settings("the signature is incomplete"),
    "InternalError.SigVerificationFail": settings("the secret key is wrong"),
    "InternalError.RestApiInterfaceNotExist": settings("this interface does not exist"),
}
FAMILIES: dict[str, Verdict] = {
    "AuthFailure": settings("Tencent Cloud does not accept our signature"),
    "UnauthorizedOperation": settings("the application or the secret may not send this"),
    "UnsupportedOperation": recipient("the template is not for numbers of this country"),
    "RequestLimitExceeded": spent("too many requests", timedelta(seconds=10)),
    "LimitExceeded": spent("a limit is used up"),
    "InvalidParameter": content("a parameter is not as it should be"),
    "InvalidParameterValue": content("a parameter is not as it should be"),
    "MissingParameter": content("a parameter is missing"),
    "FailedOperation": settings("the application is not set up for this"),
    "InternalError": unclear("the SMS service is in trouble"),
}
# Of receipts, in their words: nobody's number, switched off for good, or it has refused us.
UNREACHABLE = re.compile("空号|停机|黑名单|退订")
UNKNOWN_CODE = settings("Tencent Cloud answers with a code that is not known here")


def verdict(code: str) -> Verdict:
    family = code.partition(".")[0]
    return VERDICTS.get(code) or FAMILIES.get(family, UNKNOWN_CODE)


def is_unreachable(*said: str) -> bool:
    """By a receipt's code or words: their codes are the carriers' own, and differ."""
    return any(UNREACHABLE.search(one) for one in said)
