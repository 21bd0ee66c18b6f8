"""Files with secrets or personal data, readable only by their owner from the first byte on."""

import os
from contextlib import suppress
from pathlib import Path

MODE = 0o600


def make_private(path: str | Path) -> None:
    """Create an empty file, or change the mode of an existing one, so that only its owner can use it.

    SQLite gives the files beside the datastore the mode of the datastore. Files of another user stay unchanged.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, MODE))
        return
    for file in (path, f"{path}-wal", f"{path}-shm"):
        with suppress(OSError):
            if os.stat(file).st_mode & 0o077:
                os.chmod(file, MODE)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file's content; at no moment can others read it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE), "wb") as file:
            file.write(content)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
