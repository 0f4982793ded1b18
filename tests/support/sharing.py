"""Which tests run in the same process, where there are several: those that share what is dear.

By the names of their files. The marks of xdist's own `loadgroup` are not seen with pytest 9.
"""

from xdist.scheduler import LoadScopeScheduling

# Their tests use the same two services (`worlds` in tests/faults/conftest.py).
_WORLDS = ("test_carrier", "test_receipts", "test_restart", "test_stop_midway")

# Chromium drops what it is loading when an interface of the machine comes or goes, and two hosts
# need some: never at the same time.
_INTERFACES = "test_two_hosts"
_BROWSER = "tests/browser"


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Gives each process a test at a time, or all of a group."""

    def _split_scope(self, nodeid: str) -> str:
        folder, _, file = nodeid.partition("::")[0].removesuffix(".py").rpartition("/")
        if folder.endswith("browser") or file == _INTERFACES:
            return _BROWSER
        if file in _WORLDS:
            return "worlds"
        return file if folder.endswith(("deploy", "e2e")) else nodeid
