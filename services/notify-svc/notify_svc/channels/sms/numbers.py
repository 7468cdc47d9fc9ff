"""Telephone numbers as providers want them (E.164), from what a directory holds."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

REGION = "CN"  # of a number that names no country
MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


class NotMobile(ValueError):
    """Not a number that an SMS can reach. Never says which number it was."""


def e164(written: str) -> str:
    """`+8613800138000`, from “138 0013 8000”, “0086-138-0013-8000”, full-width digits ….

    Raises: NotMobile.
    """
    try:
        number = phonenumbers.parse(written, REGION)
    except NumberParseException:
        raise NotMobile("it is no telephone number") from None
    if not phonenumbers.is_valid_number(number):
        raise NotMobile("there is no such telephone number")
    if phonenumbers.number_type(number) not in MOBILE:
        raise NotMobile("it is not a mobile number")
    if number.extension:
        raise NotMobile("it has an extension")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(e164_number: str) -> str:
    """Without +86, as the mainland's providers want it; others keep their country code."""
    return e164_number.removeprefix("+86")
