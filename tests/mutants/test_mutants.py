"""Every fault of `faults.py` is noticed by the unit tests.

Each runs in a fork, on a copy of the service with the fault in it, so that nothing but the service
has to be imported again; not in a fork of this process, where other tests have left their traces.
"""

import multiprocessing
import os
import shutil
import sys
from pathlib import Path

import pytest
import workflow_svc
import workflow_svc.published

from tests.conftest import ROOT
from tests.mutants.faults import FAULTS, Fault

SERVICE = ROOT / "services/workflow-svc/workflow_svc"
TESTS = ROOT / "tests/unit/workflow_svc"
# Costly to import and the same in every copy: rows, names of refusals, where the flows are.
KEPT = {f"workflow_svc.{name}" for name in ("models", "published", "opened", "errors", "directory")}
NOTICED = int(pytest.ExitCode.TESTS_FAILED)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["pytest", "tests.mutants.test_mutants"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_noticed(fault: Fault, tmp_path: Path) -> None:
    copy = tmp_path / "workflow_svc"
    shutil.copytree(SERVICE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    source = (copy / fault.file).read_text(encoding="utf-8")
    assert source.count(fault.right) == 1, "the substitution has to fit in one place"
    (copy / fault.file).write_text(source.replace(fault.right, fault.wrong), encoding="utf-8")
    files = [str(TESTS / f"{name}.py") for name in fault.noticed_by.split()]
    assert in_a_clean_process(tmp_path, files) == NOTICED


def test_without_a_fault_the_same_tests_pass(tmp_path: Path) -> None:
    """Or everything would seem noticed."""
    shutil.copytree(SERVICE, tmp_path / "workflow_svc")
    names = sorted({name for fault in FAULTS for name in fault.noticed_by.split()})
    files = [str(TESTS / f"{name}.py") for name in names]
    assert in_a_clean_process(tmp_path, files) == int(pytest.ExitCode.OK)


def test_there_are_many_faults_and_each_has_its_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 30


def outcome_of(folder: Path, files: list[str]) -> int:
    """The exit status of these tests on the service as it is in the folder."""
    mine = ("workflow_svc.", "tests.unit.workflow_svc")
    for name in [name for name in sys.modules if name.startswith(mine) and name not in KEPT]:
        del sys.modules[name]
    workflow_svc.__path__ = [str(folder / "workflow_svc")]
    quiet = [
        "-q",
        "-x",
        "--noconftest",
        "--assert=plain",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
    ]
    plugins = ("cacheprovider", "xdist", "asyncio", "hypothesispytest", "anyio")
    quiet += [part for name in plugins for part in ("-p", f"no:{name}")]
    return int(pytest.main([*quiet, *files]))


def in_a_clean_process(folder: Path, files: list[str]) -> int:
    """`outcome_of`, in a fork of a process that has imported what is needed and nothing else."""
    child = FORKS.Process(target=_end_with_outcome_of, args=(folder, files))
    child.start()
    child.join()
    return child.exitcode or 0


def _end_with_outcome_of(folder: Path, files: list[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os._exit(outcome_of(folder, files))
