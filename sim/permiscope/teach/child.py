"""What runs the file of a learner: a process of its own, which is asked questions and has no say in the mark.

It gets pickles on its standard input: the file's text and the folder that it may write to, then questions. To each it
answers with a line of JSON, `{"value": ...}` or `{"error": ...}`. Its parent knows the right answers, and nothing here
does: whoever changes this process changes what they answer, and not what is right.
"""

import json
import os
import pickle
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any, BinaryIO

import permiscope.model
from permiscope.model.codec import Codec
from permiscope.model.steps import Step

FILE = "<your file>"
MEMORY = 2**30
"""Bytes that a learner's file may use, besides what Python itself takes."""
OTHERS = ("os.exec", "os.fork", "os.kill", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn", "subprocess.Popen")
"""What would start or end other processes, as Python's audit events call it."""
CHANGES = ("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink")
"""What would change files without opening them."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


def main() -> None:
    """Answer, until there are no more questions."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    # What the file prints goes nowhere, and what it reads comes from there.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    source, folder = pickle.load(asked)  # noqa: S301  # it comes from its parent, and so do the questions
    names: dict[str, Any] = {"__name__": "answer", "__file__": FILE}
    random.seed(0)  # the same file, the same result
    _confine(folder)
    _tell(answers, lambda: exec(compile(source, FILE, "exec"), names))  # noqa: S102  # this is what it is for
    with suppress(EOFError):
        while True:
            name, questions = pickle.load(asked)  # noqa: S301  # as above
            if questions is None:
                _tell(answers, lambda: _plain(_find(names, name)))  # noqa: B023  # it is called at once
            else:
                for arguments in questions:
                    _tell(answers, lambda: _truth(_find(names, name)(*arguments)))  # noqa: B023  # as above


def _tell(answers: BinaryIO, make: Callable[[], object]) -> None:
    told: dict[str, object]
    try:
        told = {"value": make()}
    except BaseException as error:  # noqa: BLE001  # whatever it raises is its answer, `SystemExit` too
        told = {"error": f"{_in_words(error)}{_where(error)}"}
    answers.write(json.dumps(told).encode() + b"\n")


def _in_words(error: BaseException) -> str:
    match error:
        case SystemExit():
            return "it ends the program"
        case RecursionError():
            return "it calls itself without end"
        case MemoryError():
            return "it needs too much memory"
        case _MissingError():
            return str(error)
        case _:
            said = (error.msg if isinstance(error, SyntaxError) else f"{error}").split("\n")[0][:200]
            return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _where(error: BaseException) -> str:
    """The line of the learner's file at which it happened."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    at = error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == FILE:
            line = at.tb_lineno
        at = at.tb_next
    return f" (line {line})" if line else ""


class _MissingError(Exception):
    """The file does not say what it is asked for."""


def _find(names: dict[str, Any], name: str) -> Any:  # noqa: ANN401  # whatever a learner wrote there
    if name not in names:
        raise _MissingError(f"there is no `{name}` in it")
    return names[name]


def _plain(value: object) -> object:
    """A value for JSON: texts, numbers, truths and steps, in tuples, lists and dictionaries."""
    match value:
        case None | str() | int() | float():
            return value
        case tuple() | list():
            return [_plain(each) for each in value]
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case _ if isinstance(value, Step):
            return Codec().write_step(value)
        case _:
            raise TypeError(f"a {type(value).__name__} has no place there")


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"it returned {value!r:.40}; let it return True or False")


def _confine(folder: str) -> None:
    """Keep the file from what it has no business with: our judges, other files, processes and networks.

    It keeps mistakes and curiosity in; it is no prison, and need not be one, for nothing here decides the mark.
    """
    with suppress(ImportError, ValueError, OSError):
        import resource  # not everywhere

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(folder)
    writable = Path(folder).resolve()
    model = Path(permiscope.model.__file__).resolve().parent
    installed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    libraries = [Path(each).resolve() for each in (sys.prefix, sys.base_prefix, *installed)]

    def is_written(path: Path) -> bool:
        return path.is_relative_to(writable)

    def is_read(path: Path) -> bool:
        if path.is_relative_to(model.parent):
            return path.is_relative_to(model)  # the rest of ours knows the answers
        return any(path.is_relative_to(each) for each in libraries) or is_written(path)

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event in OTHERS or event.startswith(("socket.", "ctypes.")):
            raise PermissionError("an answer starts nothing and asks no network")
        if event == "open" and isinstance(given[0], str | bytes | os.PathLike):
            path = Path(os.fsdecode(given[0])).resolve()
            if not (is_written if given[2] & WRITING else is_read)(path):
                raise PermissionError(f"an answer needs no other file, and `{path.name}` is one")
        if event in CHANGES and not is_written(Path(os.fsdecode(given[0])).resolve()):
            raise PermissionError("an answer changes no file")

    sys.addaudithook(look)
    sys.meta_path.insert(0, _OnlyModel())


class _OnlyModel(MetaPathFinder):
    """Refuses what knows the answers."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Leave all else to the others."""
        if fullname.startswith("permiscope.") and not f"{fullname}.".startswith("permiscope.model."):
            raise ImportError(f"an answer may import `permiscope.model` and Python's own library, and not `{fullname}`")


if __name__ == "__main__":
    main()
