"""How glibc keeps a process's memory. With another C library each of these does nothing."""

import ctypes

_library = ctypes.CDLL(None)
_set_option = getattr(_library, "mallopt", None)
_trim = getattr(_library, "malloc_trim", None)
_ARENA_MAX = -8  # malloc.h: M_ARENA_MAX


def share_one_arena() -> None:
    """Threads take memory from one place, before the first of them is there.

    Each would otherwise get an arena of its own, and what one has freed no other can use: a
    process with every service in it was some 45 MB larger for that. Python's threads take turns
    anyway, so that they hardly ever wait for each other here.
    """
    if _set_option is not None:
        _set_option(_ARENA_MAX, 1)


def give_back() -> None:
    """What is free goes back to the system; takes some milliseconds."""
    if _trim is not None:
        _trim(0)
