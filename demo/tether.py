"""`python -m demo.tether PROGRAM ...` becomes that program, and is told to end with its parent.

For the one end that nobody can prepare for: the demo itself being killed.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 (no shell is wanted)
