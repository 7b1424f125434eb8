"""Writes the files that only the service itself may read: keys, and what is kept with them."""
# SPDX-License-Identifier: Apache-2.0

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file whole and durably, mode 0600; its folder is made where it is missing, mode 0700.

    Without `replace` a file that is there stays: of processes that race the first one wins, and
    all must read the file to know what counts. After a crash there is the old file or the new one.

    Raises:
        OSError: if it cannot be written; nothing of it is left then.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            scratch.replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(scratch)
    finally:
        scratch.unlink(missing_ok=True)
    _make_durable(path.parent)


def _make_durable(folder: Path) -> None:
    """Have the folder's names survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
