"""The one process's folder: held by one, emptied only on request and only of what is ours."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from allinone.__main__ import main
from allinone.folder import DataFolder, InUse
from allinone.port import PortTaken, free_port

HOLD = """
import sys
from pathlib import Path
from allinone.folder import DataFolder
with DataFolder(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    """Another process that has the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def fill(path: Path) -> set[Path]:
    """Puts there what Sealflow keeps, and something that is not its own. Returns: the latter."""
    for name in ("request.db", "request.db-wal", "files/ab/cdef", "keys/identity.pem"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("x", "utf-8")
    other = {path / "stack" / "data", path / "notes.txt"}
    for file in other:
        file.parent.mkdir(exist_ok=True)
        file.write_text("x", "utf-8")
    return other


def files_in(path: Path) -> set[Path]:
    return {file for file in path.rglob("*") if file.is_file() and file.name != "lock"}


def test_a_folder_is_held_by_one_process(tmp_path, holder):
    with pytest.raises(InUse, match=f"process {holder.pid}.*--data"), DataFolder(tmp_path).held():
        pass


def test_a_process_that_was_killed_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    with DataFolder(tmp_path).held():
        pass


def test_a_reset_deletes_what_is_ours_and_nothing_else(tmp_path, capsys):
    other = fill(tmp_path)
    assert main(["reset", "--yes", "--data", str(tmp_path)]) == 0
    assert files_in(tmp_path) == other
    assert "Nothing is left" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "n", "what?"])
def test_a_reset_asks_first(tmp_path, monkeypatch, answer):
    fill(tmp_path)
    before = files_in(tmp_path)
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    assert main(["--data", str(tmp_path), "reset"]) == 1
    assert files_in(tmp_path) == before


def test_a_reset_is_refused_while_it_runs(tmp_path, holder, capsys):
    fill(tmp_path)
    before = files_in(tmp_path)
    assert main(["reset", "--yes", "--data", str(tmp_path)]) == 1
    assert files_in(tmp_path) == before
    assert f"process {holder.pid}" in capsys.readouterr().err


def test_a_taken_port_is_said_before_anything_starts(tmp_path, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["--data", str(tmp_path), "--port", str(port)]) == 1
        with pytest.raises(PortTaken):
            free_port("127.0.0.1", port)
    assert f"port {port} is taken" in capsys.readouterr().err
    assert not files_in(tmp_path)


def test_port_0_takes_any_free_one():
    assert free_port("127.0.0.1", 0) > 0
