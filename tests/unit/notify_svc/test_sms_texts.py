"""Lengths as they are paid for, and numbers as they are dialled."""

import pytest
from notify_svc.channels.sms.numbers import NotMobile, e164, national
from notify_svc.channels.sms.segments import Length, length, signed


@pytest.mark.parametrize(
    ("characters", "segments"),
    [(0, 0), (1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)],
)
def test_70_characters_are_one_message_and_67_each_part_of_a_longer_one(
    characters: int, segments: int
) -> None:
    assert length("印" * characters) == Length(characters, segments)


def test_the_signature_and_its_brackets_count() -> None:
    text = "您提交的用印审批申请已被退回，请登录校内门户网上办事大厅查看意见。"
    assert length(signed("北京大学", text)).characters == len(text) + 6
    assert length(signed("北京大学", "印" * 64)).segments == 1
    assert length(signed("北京大学", "印" * 65)).segments == 2


def test_a_character_outside_the_first_plane_counts_twice() -> None:
    assert length("𠮷") == Length(2, 1)
    assert length("印" * 69 + "𠮷") == Length(71, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, Length(160, 1)),
        ("a" * 161, Length(161, 2)),
        ("a" * 306, Length(306, 2)),
        ("a" * 307, Length(307, 3)),
        ("€" * 80, Length(160, 1)),
        ("€" * 81, Length(162, 2)),
        ("a" * 70 + "印", Length(71, 2)),
    ],
)
def test_where_the_provider_counts_7_bits_latin_texts_hold_more(
    text: str, expected: Length
) -> None:
    assert length(text, chinese=False) == expected
    assert length("a" * 71).segments == 2  # and where it does not, they do not


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "0086 13800138000",
        "8613800138000",
        "１３８００１３８０００",
        " 138\u00a00013 8000\n",
    ],
)
def test_a_mobile_number_however_it_is_written(written: str) -> None:
    assert e164(written) == "+8613800138000"
    assert national(e164(written)) == "13800138000"


def test_a_number_of_another_country_keeps_its_code() -> None:
    assert e164("+852 6123 4567") == "+85261234567"
    assert national("+85261234567") == "+85261234567"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "校内分机 8010",
        "010-62751234",
        "1380013800",
        "138001380000",
        "12345678901",
        "110",
        "abc",
    ],
)
def test_what_no_sms_can_reach_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(NotMobile) as refused:
        e164(written)
    assert not written or written not in str(refused.value)
