"""Pictures in DATA_DIR: a file has its name only once it is whole and on the disk.

So what was killed in the middle leaves nothing under a name that an import, say, would take for the picture, and a text
that names a picture is never on the disk before the picture is.
"""

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from django.core.files.storage import FileSystemStorage

UNFINISHED = re.compile(r".+\.[0-9a-f]{32}")  # the name of a file until it is whole


class MediaStorage(FileSystemStorage):
    def _save(self, name, content):
        unfinished = Path(self.path(f"{name}.{uuid4().hex}"))
        try:
            super()._save(str(unfinished.relative_to(self.location)), content)
            put_on_disk(unfinished)
            while True:
                try:
                    os.link(unfinished, self.path(name))
                    break
                except FileExistsError:
                    name = self.get_available_name(name)
        finally:
            unfinished.unlink(missing_ok=True)
        for folder in unfinished.relative_to(self.location).parents:
            put_on_disk(Path(self.location, folder))
        put_on_disk(Path(self.location).parent)
        return name

    def delete_unfinished(self, older):
        """Delete what is left of files whose process was killed as it wrote them, so many seconds ago or more."""
        for path in Path(self.location).rglob("*"):
            with suppress(FileNotFoundError):  # whole by now
                if UNFINISHED.fullmatch(path.name) and time.time() - path.stat().st_mtime > older:
                    path.unlink()


def put_on_disk(path):
    """Have the system write a file, or the names in a folder, to the disk, and wait for it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
