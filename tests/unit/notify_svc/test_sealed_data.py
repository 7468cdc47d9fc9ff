"""Addresses and texts at rest."""

import pytest
from notify_svc.privacy import NotOurs, Safe, masked

FIRST, SECOND = "the first secret, long enough", "the second secret, long enough"


def test_what_is_sealed_cannot_be_read_and_opens_again() -> None:
    safe = Safe([FIRST])
    sealed = safe.seal("19900000101 沈知君")
    assert "19900000101" not in sealed
    assert safe.open(sealed) == "19900000101 沈知君"
    assert safe.seal("19900000101 沈知君") != sealed


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(NotOurs):
        Safe([SECOND]).open(Safe([FIRST]).seal("secret"))


def test_what_was_changed_does_not_open() -> None:
    safe = Safe([FIRST])
    sealed = safe.seal("secret")
    name, _, content = sealed.partition(":")
    spoiled = content[:20] + ("A" if content[20] != "A" else "B") + content[21:]
    with pytest.raises(NotOurs):
        safe.open(f"{name}:{spoiled}")


def test_a_new_secret_seals_and_the_old_one_still_opens() -> None:
    old = Safe([FIRST]).seal("secret")
    both = Safe([SECOND, FIRST])
    assert both.open(old) == "secret"
    assert not both.is_current(old)
    assert both.is_current(both.seal("secret"))
    assert Safe([SECOND]).open(both.seal("secret")) == "secret"


def test_what_was_written_before_anything_was_sealed_is_still_read() -> None:
    safe = Safe([FIRST])
    assert safe.open("plain:a@b.example") == "a@b.example"
    assert not safe.is_current("plain:a@b.example")


def test_an_address_is_found_by_its_fingerprint_however_it_is_spelt() -> None:
    safe = Safe([FIRST])
    assert safe.fingerprint("LuKun@chenglan.example ") == safe.fingerprint("lukun@chenglan.example")
    assert safe.fingerprint("a@b.example") != Safe([SECOND]).fingerprint("a@b.example")
    assert safe.fingerprint("a@b.example") in Safe([SECOND, FIRST]).fingerprints("a@b.example")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("13800000000", "138****0000"),
        ("lukun@chenglan.example", "l***@chenglan.example"),
        ("shenzhijun", "sh***n"),
        ("lu", "***"),
        ("oABCD1234567890xyz", "oA***z"),
    ],
)
def test_an_operator_sees_no_whole_address(address: str, shown: str) -> None:
    assert masked(address) == shown
