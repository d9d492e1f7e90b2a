"""How is a file written so that nobody ever finds half of one?"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from sim.model.errors import InputError


def write_text(path: Path, text: str) -> None:
    """Write the whole file or leave what was there. Raises `InputError` if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", newline="\n", delete=False) as draft:
            draft.write(text)
        # A temporary file is for its owner alone; this one is meant for whoever may read its folder.
        Path(draft.name).chmod(0o644)
        os.replace(draft.name, path)  # noqa: PTH105  # `Path.replace` is the same, and says less
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from None


def check_writable(folder: Path) -> None:
    """Raises `InputError` now rather than after hours of work, if nothing can be written to the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"nothing can be written to `{folder}`: {error.strerror}") from None
