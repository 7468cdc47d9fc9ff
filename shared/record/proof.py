"""A request's record with its place in the log of all: one JSON document that needs no service.

Each row stands as it is hashed (`chain.canonical`), with its hash, the position of its leaf and the
path from there to the root of the newest checkpoint (RFC 6962); `ending` says that there were no
further rows. Whoever has workflow-svc's public key can check all of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from shared.contracts.event import Fact
from shared.key_pair import public_keys_in
from shared.record import chain
from shared.record.checkpoint import CheckpointReader, NotOurCheckpoint
from shared.record.ending import Ending, NotOurEnding, read_ending
from shared.record.merkle import leaf, root_by_path
from shared.seal_order import SealOrderVerifier


class NoProof(ValueError):
    """The document is no such proof at all; the message is for people."""


class ProvenRow(Fact):
    """`entry`: the columns that the hash binds. `path`: in hexadecimal, the nearest first."""

    entry: dict[str, Any]
    hash: str
    position: int
    path: tuple[str, ...]


class RecordProof(Fact):
    format: Literal["sealflow-record-proof/1"] = "sealflow-record-proof/1"
    request_id: UUID
    rows: tuple[ProvenRow, ...]  # all of the record, in their order
    checkpoint: str  # a signed note
    ending: str  # a JWS


class RecordKeys:
    """workflow-svc's public keys, which its checkpoints, endings and orders to seal are held to."""

    def __init__(self, file: Path) -> None:
        """Raises: OSError; ValueError when there is no Ed25519 key in it."""
        pems = public_keys_in(file)
        keys = [load_pem_public_key(pem) for pem in pems]
        ours = [key for key in keys if isinstance(key, Ed25519PublicKey)]
        if len(ours) < len(keys):
            raise ValueError(f"a key in {file} is not Ed25519")
        self.checkpoints = CheckpointReader(ours)
        self.orders = SealOrderVerifier(file)
        self._endings = [OKPKey.import_key(pem) for pem in pems]

    def ending(self, token: str) -> Ending:
        """Raises: NotOurEnding."""
        return read_ending(token, self._endings)


def read_proof(text: bytes) -> RecordProof:
    """Raises: NoProof."""
    try:
        proof = RecordProof.model_validate_json(text)
    except ValidationError as error:
        raise NoProof("不是处理记录证明") from error
    if not proof.rows or any(row.entry.keys() != set(chain.BOUND) for row in proof.rows):
        raise NoProof("处理记录证明不完整")
    return proof


def problems_of(proof: RecordProof, keys: RecordKeys) -> Iterator[str]:
    """What is wrong with the record that it proves, for people; nothing when it is proven."""
    yield from _of_rows(proof)
    yield from _of_places(proof, keys)
    yield from _of_ending(proof, keys)


def _of_rows(proof: RecordProof) -> Iterator[str]:
    head = chain.BEFORE_THE_FIRST
    for number, row in enumerate(proof.rows, start=1):
        if row.entry["request_id"] != str(proof.request_id):
            yield f"处理记录第 {number} 条属于另一件申请"
        elif row.hash != chain.hash_of(row.entry):
            yield f"处理记录第 {number} 条被改动"
        elif row.entry["sequence"] != number or row.entry["previous_hash"] != head:
            yield f"处理记录第 {number} 条之前缺少记录，或次序被改动"
            return
        head = row.hash


def _of_places(proof: RecordProof, keys: RecordKeys) -> Iterator[str]:
    try:
        checkpoint = keys.checkpoints.read(proof.checkpoint)
    except NotOurCheckpoint:
        yield "日志检查点不是由所给公钥签署的，或被改动"
        return
    for number, row in enumerate(proof.rows, start=1):
        try:
            own, path = leaf(bytes.fromhex(row.hash)), [bytes.fromhex(each) for each in row.path]
        except ValueError:
            yield f"处理记录第 {number} 条的路径无法读取"
            continue
        if root_by_path(own, row.position, checkpoint.size, path) != checkpoint.root:
            yield f"处理记录第 {number} 条不在日志中"


def _of_ending(proof: RecordProof, keys: RecordKeys) -> Iterator[str]:
    try:
        ending = keys.ending(proof.ending)
    except NotOurEnding:
        yield "处理记录的结尾不是由所给公钥签署的，或被改动"
        return
    if ending.request_id != proof.request_id:
        yield "处理记录的结尾属于另一件申请"
    elif ending.length != len(proof.rows):
        yield f"处理记录不完整：应有 {ending.length} 条，只有 {len(proof.rows)} 条"
    elif ending.head != proof.rows[-1].hash:
        yield "处理记录的结尾与所签署的不符"
