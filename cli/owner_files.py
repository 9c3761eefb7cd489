"""Files for their owner alone, which have their name only once they are whole and on the disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Yield a draft beside a file; it takes the file's name at the end, and leaves nothing if not.
    Raises `OSError`.
    """
    # mkstemp makes it for its owner alone.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        _keep(draft)
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    _keep(file.parent)


def _keep(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
