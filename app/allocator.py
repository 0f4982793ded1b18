"""What the C library does with memory, told to it where it is glibc; any other is left alone."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # glibc's malloc.h


def share_one_arena() -> None:
    """Let all threads allocate from one place. To be called before there are threads.

    Otherwise up to eight a core have places of their own, and each keeps what was freed in it: with
    64 threads that send, seven megabytes. Python runs one thread at a time: few would wait here.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Hand free memory back to the system; a few milliseconds."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
