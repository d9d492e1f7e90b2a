"""How is a file written so that nobody ever finds half of one?"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import permiscope
from permiscope.model.codec import Codec
from permiscope.model.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes the place of `path` when it is whole. Raises `InputError` if it cannot be."""
    try:
        path = path.resolve()  # a link stays one
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            written = Path(draft.name)
            try:
                yield draft
                draft.flush()
                # A temporary file is for its owner alone; this one for whomever the owner lets read new files.
                os.umask(mask := os.umask(0))
                written.chmod(0o666 & ~mask)
                written.replace(path)
            except BaseException:
                written.unlink()
                raise
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from None


def write_text(path: Path, text: str) -> None:
    """Write the whole file or leave what was there. Raises `InputError` if it cannot be written."""
    with replacing(path) as file:
        file.write(text.encode())


def write_json(path: Path, plain: object) -> None:
    """Write a result for a program: plain data in which steps may stand as they are. Raises `InputError` likewise."""
    write_text(path, json.dumps(plain, indent=1, default=Codec().write_step) + "\n")


def check_file(path: Path) -> None:
    """Raises `InputError` now rather than after hours of work, if the file cannot be written."""
    if path.is_dir():
        raise InputError(f"`{path}` is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise InputError(f"`{path}` is no file that can be replaced; name another")
    check_writable(path.parent)


def check_writable(folder: Path) -> None:
    """Raises `InputError` now, likewise, if nothing can be written to the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"nothing can be written to `{folder}`: {error.strerror}") from None


def file_name(*texts: str) -> str:
    """A name of a file for some texts; one that is not written as its text has a hash, so that no two are alike."""
    return "--".join(map(_safe, texts))


def _safe(text: str) -> str:
    name = "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in text)
    return name if name == text.replace(":", "_") else f"{name}-{sha256(text.encode()).hexdigest()[:6]}"


def kept(folder: str) -> Path:
    """What the repository keeps, in a checkout; where it was installed from a wheel, that is inside of the package."""
    package = Path(permiscope.__file__).parent
    inside = package / Path(folder).name
    return inside if inside.is_dir() else package.parents[1] / folder
