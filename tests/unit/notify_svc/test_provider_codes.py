"""Every code of every provider, and what it leads to.

The tables here are written from the providers' documents by class, not from the code's own tables,
which are by code.
"""

from datetime import UTC, datetime, timedelta

import pytest
from notify_svc.channels.http import Answer, NoAnswer, NotSent, NotUnderstood
from notify_svc.channels.sms import aliyun_codes, tencent_codes
from notify_svc.channels.verdict import (
    not_understood,
    of_status,
    unanswered_question,
    with_code,
    without_answer,
)
from notify_svc.channels.wechat import errcodes as wechat
from notify_svc.channels.wecom import errcodes as wecom
from notify_svc.outcomes import Blame, Outcome, Result
from tencentcloud.sms.v20210111 import errorcodes as vendors

Class = tuple[Outcome, Blame | None, bool]

TAKEN: Class = (Outcome.ACCEPTED, None, False)
BUSY: Class = (Outcome.TROUBLE, None, False)
CONFIG: Class = (Outcome.TROUBLE, None, True)
TEMPLATE: Class = (Outcome.REFUSED, Blame.SETTINGS, False)
RECIPIENT: Class = (Outcome.REFUSED, Blame.RECIPIENT, False)
ENOUGH: Class = (Outcome.REFUSED, None, False)  # fallback, and no word on the address
CONTENT: Class = (Outcome.REFUSED, Blame.CONTENT, False)
LIMITED: Class = (Outcome.WAIT, None, False)
QUOTA: Class = (Outcome.QUOTA, None, False)
UNKNOWN: Class = (Outcome.UNKNOWN, None, False)

NOTHING = Answer(200, b"")


def class_of(result: Result) -> Class:
    return result.outcome, result.blame, result.at_once


def by_code(table: dict[Class, str]) -> list[tuple[str, Class]]:
    return [(code, expected) for expected, codes in table.items() for code in codes.split()]


WECHAT = {
    TAKEN: "0 45065",
    BUSY: "-1",
    # Tokens are renewed first; what is left of it is an operator's.
    CONFIG: "40001 40014 42001 40002 40013 40125 40164 40243 41001 45067 48001 48004 50002",
    TEMPLATE: "40036 40037",
    RECIPIENT: "40003 43004 43019 48002 50005",
    ENOUGH: "43101 40029 40163",
    CONTENT: "47001 47003 40249 45002 45003",
    QUOTA: "45009 45011 45066",
}


@pytest.mark.parametrize(("code", "expected"), by_code(WECHAT))
def test_wechats_codes(code: str, expected: Class) -> None:
    verdict = wechat.VERDICTS[int(code)]
    assert class_of(with_code(verdict, NOTHING, code)) == expected
    assert (verdict.why == "") == (expected == TAKEN)


def test_every_code_of_wechat_in_the_table_is_tested() -> None:
    assert {int(code) for code, _ in by_code(WECHAT)} == set(wechat.VERDICTS)


@pytest.mark.parametrize(("code", "seconds"), [(45009, None), (45011, 60), (45066, 60)])
def test_how_long_wechat_is_left_alone(code: int, seconds: int | None) -> None:
    result = with_code(wechat.VERDICTS[code], NOTHING, str(code))
    if seconds is None:
        assert result.retry_at is None  # until tomorrow, which the provider's state knows
    else:
        assert result.retry_at is not None
        wait = (result.retry_at - datetime.now(UTC)).total_seconds()
        assert seconds - 5 < wait <= seconds


@pytest.mark.parametrize(
    ("status", "expected"),
    [("userblock", RECIPIENT), ("systemfailed", BUSY), ("freqlimit", QUOTA)],
)
def test_wechats_receipts(status: str, expected: Class) -> None:
    assert class_of(wechat.RECEIPTS[status].result(status)) == expected


WECOM = {
    TAKEN: "0",
    BUSY: "-1",
    CONFIG: "40001 40014 42001 40013 40056 48002 60011 60020 301002 41001",
    RECIPIENT: "40003 60111 81013 82001",
    CONTENT: "40008 40058 42045",
    QUOTA: "45009 45033",
}


@pytest.mark.parametrize(("code", "expected"), by_code(WECOM))
def test_wecoms_codes(code: str, expected: Class) -> None:
    assert class_of(with_code(wecom.VERDICTS[int(code)], NOTHING, code)) == expected


def test_every_code_of_wecom_in_the_table_is_tested() -> None:
    assert {int(code) for code, _ in by_code(WECOM)} == set(wecom.VERDICTS)


ALIYUN = {
    TAKEN: "OK",
    LIMITED: "isv.BUSINESS_LIMIT_CONTROL",
    QUOTA: "isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL Throttling Throttling.User",
    RECIPIENT: "isv.MOBILE_NUMBER_ILLEGAL isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    CONTENT: """isv.TEMPLATE_MISSING_PARAMETERS isv.TEMPLATE_PARAMS_ILLEGAL isv.INVALID_JSON_PARAM
        isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL isv.BLACK_KEY_CONTROL_LIMIT
        isv.SMS_CONTENT_ILLEGAL isv.INVALID_PARAMETERS""",
    TEMPLATE: "isv.SMS_TEMPLATE_ILLEGAL isv.SMS_SIGNATURE_SCENE_ILLEGAL",
    CONFIG: """isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL
        isv.EXTEND_CODE_ERROR isp.RAM_PERMISSION_DENY isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL
        isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE isv.DENY_IP_RANGE isv.INTERFACE_OFFLINE
        SignatureDoesNotMatch IncompleteSignature InvalidAccessKeyId.NotFound
        InvalidAccessKeyId.Inactive InvalidTimeStamp.Expired isv.OUT_OF_SERVICE
        isv.AMOUNT_NOT_ENOUGH""",
    BUSY: "isp.SYSTEM_ERROR ServiceUnavailable InternalError",
}


@pytest.mark.parametrize(("code", "expected"), by_code(ALIYUN))
def test_alibaba_clouds_codes(code: str, expected: Class) -> None:
    verdict = aliyun_codes.verdict(code)
    assert verdict is not aliyun_codes.UNKNOWN_CODE
    assert class_of(with_code(verdict, NOTHING, code)) == expected


def test_every_code_of_alibaba_cloud_in_the_table_is_tested() -> None:
    assert set(aliyun_codes.VERDICTS) <= {code for code, _ in by_code(ALIYUN)}


@pytest.mark.parametrize(
    ("message", "expected", "wait"),
    [
        ("触发分钟级流控Permits:1", LIMITED, timedelta(minutes=1)),
        ("触发小时级流控Permits:5", LIMITED, timedelta(hours=1)),
        ("触发天级流控Permits:10", ENOUGH, None),
        ("", LIMITED, timedelta(minutes=1)),
    ],
)
def test_which_of_a_numbers_limits_it_is_stands_in_the_message(
    message: str, expected: Class, wait: timedelta | None
) -> None:
    verdict = aliyun_codes.verdict("isv.BUSINESS_LIMIT_CONTROL", message)
    assert (class_of(verdict.result("")), verdict.wait) == (expected, wait)


TENCENT = {
    TAKEN: "Ok",
    LIMITED: """LimitExceeded.PhoneNumberThirtySecondLimit LimitExceeded.PhoneNumberOneHourLimit
        LimitExceeded.DeliveryFrequencyLimit""",
    ENOUGH: """LimitExceeded.PhoneNumberDailyLimit
        LimitExceeded.PhoneNumberSameContentDailyLimit""",
    QUOTA: """RequestLimitExceeded RequestLimitExceeded.UinLimitExceeded LimitExceeded.AppDailyLimit
        LimitExceeded.AppMainlandChinaDailyLimit LimitExceeded.AppGlobalDailyLimit
        LimitExceeded.AppCountryOrRegionDailyLimit LimitExceeded.DailyLimit
        LimitExceeded.GlobalSmsSendingRateLimit""",
    RECIPIENT: """FailedOperation.PhoneNumberInBlacklist FailedOperation.PhoneNumberParseFail
        InvalidParameterValue.IncorrectPhoneNumber LimitExceeded.AppCountryOrRegionInBlacklist
        UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone
        UnsupportedOperation.GlobalTemplateToChineseMainlandPhone
        UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber""",
    CONTENT: """FailedOperation.ContainSensitiveWord InvalidParameter.DirtyWordFound
        InvalidParameterValue.ContentLengthLimit InvalidParameterValue.TemplateParameterLengthLimit
        InvalidParameterValue.TemplateParameterFormatError
        InvalidParameterValue.ProhibitedUseUrlInTemplateParameter
        FailedOperation.TemplateParamSetNotMatchApprovedTemplate
        FailedOperation.FailResolvePacket FailedOperation.JsonParseFail""",
    TEMPLATE: """FailedOperation.TemplateIncorrectOrUnapproved
        FailedOperation.TemplateUnapprovedOrNotExist FailedOperation.TemplateIdNotExist""",
    CONFIG: """FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.MissingSignature
        InvalidParameterValue.SdkAppIdNotExist UnauthorizedOperation.SmsSdkAppIdVerifyFail
        UnauthorizedOperation.RequestIpNotInWhitelist UnauthorizedOperation.RequestPermissionDeny
        UnauthorizedOperation.ServiceSuspendDueToArrears
        AuthFailure.SignatureExpire AuthFailure.SignatureFailure AuthFailure.SecretIdNotFound
        AuthFailure.UnauthorizedOperation FailedOperation.InsufficientBalanceInSmsPackage
        InternalError.RequestTimeException InternalError.SigFieldMissing
        InternalError.SigVerificationFail InternalError.RestApiInterfaceNotExist""",
    BUSY: """InternalError.OtherError InternalError.UnknownError InternalError.JsonParseFail
        FailedOperation.OtherError""",
    UNKNOWN: """InternalError.Timeout InternalError.SendAndRecvFail InternalError
        InternalError.ParseBackendResponseFail""",
}


@pytest.mark.parametrize(("code", "expected"), by_code(TENCENT))
def test_tencent_clouds_codes(code: str, expected: Class) -> None:
    verdict = tencent_codes.verdict(code)
    assert class_of(with_code(verdict, NOTHING, code)) == expected


def test_every_code_of_tencent_cloud_in_the_table_is_tested() -> None:
    assert set(tencent_codes.VERDICTS) <= {code for code, _ in by_code(TENCENT)}


VENDORS_OWN = sorted(
    value for name, value in vars(vendors).items() if name.isupper() and isinstance(value, str)
)


@pytest.mark.parametrize("code", VENDORS_OWN)
def test_every_code_that_tencents_own_sdk_lists_means_something(code: str) -> None:
    assert tencent_codes.verdict(code) is not tencent_codes.UNKNOWN_CODE


def test_a_code_that_nobody_has_listed_stops_the_provider_and_is_named() -> None:
    for verdict in (
        aliyun_codes.verdict("isv.SOMETHING_NEW"),
        tencent_codes.verdict("Something.New"),
        wechat.VERDICTS.get(99999, wechat.UNKNOWN_CODE),
        wecom.VERDICTS.get(99999, wecom.UNKNOWN_CODE),
    ):
        result = with_code(verdict, NOTHING, "99999", "whatever it is")
        assert class_of(result) == CONFIG
        assert "not known here (whatever it is)" in result.reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, BUSY), (502, BUSY), (503, BUSY), (504, UNKNOWN), (429, QUOTA)],
)
def test_the_status_of_an_answer(status: int, expected: Class) -> None:
    result = of_status(Answer(status, b""))
    assert result is not None
    assert class_of(result) == expected


@pytest.mark.parametrize("status", [200, 201, 302, 400, 404])
def test_a_status_that_decides_nothing(status: int) -> None:
    assert of_status(Answer(status, b"")) is None


def test_a_429_says_how_long() -> None:
    result = of_status(Answer(429, b"", retry_after=timedelta(minutes=7)))
    assert result is not None
    assert result.retry_at is not None
    wait = result.retry_at - datetime.now(UTC)
    assert timedelta(minutes=6, seconds=50) < wait <= timedelta(minutes=7)


def test_what_never_got_there_may_go_again_and_what_may_have_is_unknown() -> None:
    assert class_of(without_answer(NotSent("refused"))) == BUSY
    assert class_of(without_answer(NoAnswer("timeout"))) == UNKNOWN


def test_an_answer_that_cannot_be_read_leaves_it_open_unless_it_is_an_error() -> None:
    assert class_of(not_understood(Answer(200, b"<html>"), NotUnderstood("x"))) == UNKNOWN
    assert class_of(not_understood(Answer(404, b"<html>"), NotUnderstood("x"))) == CONFIG


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.REFUSED, Outcome.WAIT])
def test_a_question_that_was_not_answered_says_nothing_about_the_message(
    outcome: Outcome,
) -> None:
    assert unanswered_question(Result(outcome, "x")).outcome is Outcome.TROUBLE
    quota = Result(Outcome.QUOTA, "x")
    assert unanswered_question(quota) is quota


@pytest.mark.parametrize(
    ("skew", "said"),
    [
        (timedelta(minutes=17), "1020 s ahead of ours"),
        (timedelta(minutes=-5), "300 s behind ours"),
        (timedelta(seconds=2), ""),
        (None, ""),
    ],
)
def test_clocks_that_differ_are_named(skew: timedelta | None, said: str) -> None:
    answer = Answer(200, b"", skew=skew)
    reason = with_code(tencent_codes.verdict("AuthFailure.SignatureExpire"), answer, "x").reason
    assert reason.startswith("our clock is wrong")
    assert said in reason
    assert ("clock is 1020 s" in reason) == (said.startswith("1020"))
