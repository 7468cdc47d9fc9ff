"""Orders to seal: what is signed, and what is not accepted."""

from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided
from shared.identity import create_identity_keys
from shared.seal_order import (
    NotOurOrder,
    SealOrderIssuer,
    SealOrderVerifier,
    create_order_keys,
    form_digest,
    order_of,
)
from tests.conftest import ROOT

SAMPLES = ROOT / "shared" / "contracts" / "samples"
DECIDED = Decided.decode((SAMPLES / "workflow.decided.v1.json").read_bytes())
APPROVED = Approved.decode((SAMPLES / "workflow.approved.v1.json").read_bytes())
SUBMITTED = RequestSubmitted.decode((SAMPLES / "request.submitted.v1.json").read_bytes())
DIGEST = form_digest(SUBMITTED.form)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return create_order_keys(tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("event", [DECIDED, APPROVED], ids=lambda event: event.topic)
def test_what_was_signed_is_read_again(keys: tuple[Path, Path], event: Decided | Approved) -> None:
    order = order_of(event, DIGEST)
    assert SealOrderVerifier(keys[1]).order(SealOrderIssuer(keys[0]).sign(order)) == order


def test_the_same_decision_is_the_same_order(keys: tuple[Path, Path]) -> None:
    order = order_of(DECIDED, DIGEST)
    assert SealOrderIssuer(keys[0]).sign(order) == SealOrderIssuer(keys[0]).sign(order)


def test_a_form_has_one_digest_however_it_travelled() -> None:
    again = RequestSubmitted.decode(SUBMITTED.model_dump_json().encode())
    assert form_digest(again.form) == DIGEST
    other = SUBMITTED.form.model_copy(update={"handler_name": "另一人"})
    assert form_digest(other) != DIGEST


def test_what_is_signed_otherwise_is_no_order(keys: tuple[Path, Path], tmp_path: Path) -> None:
    key = OKPKey.import_key(keys[0].read_bytes())
    body = order_of(DECIDED, DIGEST).model_dump_json().encode()
    shared = OctKey.import_key("a-shared-secret-of-sufficient-length")
    other = OKPKey.import_key(create_identity_keys(tmp_path)[0].read_bytes())
    sign, typ = jws.serialize_compact, "seal-order+jws"
    for token in (
        sign({"alg": "Ed25519"}, body, key, algorithms=["Ed25519"]),
        sign({"alg": "Ed25519", "typ": "svc+jwt"}, body, key, algorithms=["Ed25519"]),
        sign({"alg": "Ed25519", "typ": typ}, b"{}", key, algorithms=["Ed25519"]),
        sign({"alg": "Ed25519", "typ": typ}, body, other, algorithms=["Ed25519"]),
        sign({"alg": "HS256", "typ": typ}, body, shared, algorithms=["HS256"]),
        SealOrderIssuer(keys[0]).sign(order_of(DECIDED, DIGEST)).rsplit(".", 1)[0] + ".",
        "",
        "一",
        "a.b.c",
    ):
        with pytest.raises(NotOurOrder):
            SealOrderVerifier(keys[1]).order(token)


def test_a_key_may_be_replaced_while_old_orders_are_on_their_way(
    keys: tuple[Path, Path], tmp_path: Path
) -> None:
    newer = create_order_keys(tmp_path / "newer")
    both = tmp_path / "both.pem"
    both.write_bytes(newer[1].read_bytes() + keys[1].read_bytes())
    verifier = SealOrderVerifier(both)
    for private in (keys[0], newer[0]):
        verifier.order(SealOrderIssuer(private).sign(order_of(DECIDED, DIGEST)))


def test_a_file_without_a_key_is_refused_at_the_start(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with pytest.raises(ValueError, match="no public key"):
        SealOrderVerifier(empty)
