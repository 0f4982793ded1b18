"""Files that clients uploaded, until they are read to their end."""

import shutil
from pathlib import Path
from typing import IO

from app.domain.errors import TryAgain

_BLOCK = 1 << 20  # bytes in memory at a time


class Uploads:
    """A folder of files, each under the id of its import. Processes that share work share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, import_id: str) -> Path:
        return self._folder / f"{import_id}.upload"

    def beside(self, import_id: str) -> Path:
        """Where the numbers are noted that were read already."""
        return self._folder / f"{import_id}.seen"

    def keep(self, import_id: str, stream: IO[bytes]) -> Path:
        """Write what comes to disk. Raises TryAgain when the disk is full or closed to us."""
        path = self.path(import_id)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(stream, file, _BLOCK)
        except OSError as error:
            self.remove(import_id)
            raise TryAgain(f"the file cannot be kept ({error.strerror})") from error
        except BaseException:
            self.remove(import_id)
            raise
        return path

    def remove(self, import_id: str) -> None:
        """Delete all that belongs to the import."""
        for path in self._folder.glob(f"{import_id}.*"):
            path.unlink(missing_ok=True)
