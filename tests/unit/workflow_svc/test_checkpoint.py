"""Checkpoints: what was signed is read again, anything else is not ours."""

from pathlib import Path

import pytest
from workflow_svc.checkpoint import Notary

from shared.organisation import Organisation
from shared.record.checkpoint import Checkpoint, NotOurCheckpoint
from shared.seal_order import create_order_keys

CHECKPOINT = Checkpoint(42, bytes(range(32)))


@pytest.fixture
def organisation(organisation_file: Path) -> Organisation:
    return Organisation.load(organisation_file)


@pytest.fixture
def notary(tmp_path: Path, organisation: Organisation) -> Notary:
    return Notary(create_order_keys(tmp_path)[0], organisation)


def test_a_checkpoint_is_a_signed_note(notary: Notary) -> None:
    lines = notary.sign(CHECKPOINT).split("\n")
    assert lines[0].endswith("/sealflow-record")
    assert lines[1] == "42"
    assert (lines[3], lines[4][:2]) == ("", "— ")
    assert notary.read(notary.sign(CHECKPOINT)) == CHECKPOINT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n42\n", "\n43\n"),
        ("AAEC", "AAED"),
        ("sealflow-record\n42", "another\n42"),
        ("\n\n", "\n"),
    ],
)
def test_a_changed_checkpoint_is_not_ours(notary: Notary, old: str, new: str) -> None:
    note = notary.sign(CHECKPOINT)
    assert old in note
    with pytest.raises(NotOurCheckpoint):
        notary.read(note.replace(old, new))


def test_another_key_signs_no_checkpoint_of_ours(
    notary: Notary, tmp_path: Path, organisation: Organisation
) -> None:
    other = Notary(create_order_keys(tmp_path / "other")[0], organisation)
    with pytest.raises(NotOurCheckpoint, match="another key"):
        notary.read(other.sign(CHECKPOINT))
    for nonsense in ("", "x", "a\nb\nc\n\n— d e\n"):
        with pytest.raises(NotOurCheckpoint):
            notary.read(nonsense)
