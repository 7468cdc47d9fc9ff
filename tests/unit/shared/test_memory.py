"""Threads share what the C library keeps."""

import subprocess
import sys

import pytest

from shared import memory

# Ten threads hold memory of their own at the same time; glibc then tells its arenas.
ARENAS = """
import ctypes, sys, threading
from shared import memory

if sys.argv[1:]:
    memory.share_one_arena()
everyone = threading.Barrier(11)


def hold():
    kept = [bytearray(2_000) for _ in range(500)]
    everyone.wait()
    everyone.wait()


threads = [threading.Thread(target=hold) for _ in range(10)]
for thread in threads:
    thread.start()
everyone.wait()
library = ctypes.CDLL(None)
if hasattr(library, "malloc_info"):
    library.malloc_info(0, ctypes.c_void_p.in_dll(library, "stdout"))
    library.fflush(None)
everyone.wait()
"""


def arenas(*arguments: str) -> int:
    command = [sys.executable, "-c", ARENAS, *arguments]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return told.count("<heap nr=")


def test_threads_share_one_arena() -> None:
    has_arenas = memory._set_option is not None  # which is glibc alone
    assert (arenas() > 1) is has_arenas
    assert arenas("one") == (1 if has_arenas else 0)


def test_another_c_library_keeps_memory_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_set_option", None)
    monkeypatch.setattr(memory, "_trim", None)
    memory.share_one_arena()
    memory.give_back()
