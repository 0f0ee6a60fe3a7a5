"""JSON files that are written completely or not at all."""

import errno
import json
import os
from pathlib import Path
from typing import Any


def write(file: Path, content: Any) -> None:
    """Replace the file. OSError when that fails, also for a read-only file.

    A rename only needs write permission for the directory: without the check it would replace a read-only file.
    """
    if file.exists() and not (os.access(file, os.W_OK) and file.stat().st_mode & 0o222):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
    temporary = file.with_name(file.name + ".new")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(file)
