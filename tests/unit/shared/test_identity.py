"""Who-you-are tokens: accepted when true, refused for everything else."""

from pathlib import Path
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from shared.errors import Unauthenticated
from shared.identity import (
    ALGORITHM,
    IdentityIssuer,
    IdentityVerifier,
    User,
    create_identity_keys,
)

USER = User(id=uuid4(), name="喆堃")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return create_identity_keys(tmp_path_factory.mktemp("keys"))


def test_a_token_names_its_person(keys: tuple[Path, Path]) -> None:
    token = IdentityIssuer(keys[0]).token(USER, audience="workflow")
    assert IdentityVerifier(keys[1], audience="workflow").user(token) == USER


def test_a_token_for_another_service_is_refused(keys: tuple[Path, Path]) -> None:
    token = IdentityIssuer(keys[0]).token(USER, audience="workflow")
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1], audience="document").user(token)


def test_a_token_of_another_key_is_refused(keys: tuple[Path, Path], tmp_path: Path) -> None:
    stranger, _ = create_identity_keys(tmp_path)
    token = IdentityIssuer(stranger).token(USER, audience="workflow")
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1], audience="workflow").user(token)


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"iss": "someone"},
        {"sub": "not an id"},
        {"name": None, "sub": None},
    ],
)
def test_a_token_that_does_not_hold_is_refused(keys: tuple[Path, Path], change: dict) -> None:
    good = {"iss": "gateway", "aud": "workflow", "sub": str(USER.id), "name": "x", "exp": 2**33}
    claims = {key: value for key, value in (good | change).items() if value is not None}
    key = OKPKey.import_key(keys[0].read_bytes())
    header = {"alg": ALGORITHM, "typ": "svc+jwt"}
    token = jwt.encode(header, claims, key, algorithms=[ALGORITHM])
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1], audience="workflow").user(token)


def test_an_unsigned_or_differently_signed_token_is_refused(keys: tuple[Path, Path]) -> None:
    verifier = IdentityVerifier(keys[1], audience="workflow")
    claims = {"iss": "gateway", "aud": "workflow", "sub": str(USER.id), "name": "x", "exp": 2**33}
    secret = OctKey.import_key("a-shared-secret-of-sufficient-length")
    symmetric = jwt.encode({"alg": "HS256", "typ": "svc+jwt"}, claims, secret)
    unsigned = IdentityIssuer(keys[0]).token(USER, audience="workflow").rsplit(".", 1)[0] + "."
    for token in (symmetric, unsigned, "", "a.b.c", "x" * 5000):
        with pytest.raises(Unauthenticated):
            verifier.user(token)


def test_the_private_key_is_its_owners_alone(keys: tuple[Path, Path]) -> None:
    assert keys[0].stat().st_mode & 0o077 == 0


def test_an_existing_pair_is_kept(keys: tuple[Path, Path]) -> None:
    before = keys[0].read_bytes()
    assert create_identity_keys(keys[0].parent) == keys
    assert keys[0].read_bytes() == before
