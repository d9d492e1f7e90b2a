"""What does a learner's file say? It is run in a process of its own, and asked; what it answers is data."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from types import TracebackType
from typing import Any, Self

import permiscope

LIMIT = 10.0
"""Seconds within which a file must be loaded, and a batch of questions answered; a good answer takes one or two."""


class AnswerError(Exception):
    """A file that does not answer. The message says in words why not; `asked` is how many questions it answered."""

    def __init__(self, message: str, asked: int = 0) -> None:
        super().__init__(message)
        self.asked = asked


class Answer:
    """A learner's file, running. Ends with the `with` block that it is opened by.

    Raises `AnswerError` when it does not answer: for what it raised, for it took longer than `limit` seconds, or for
    its process ended.
    """

    def __init__(self, source: str, limit: float = LIMIT) -> None:
        self._folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self._limit = limit
        self._late = False
        package = str(Path(permiscope.__file__).parents[1])
        # The same file gets the same result, whatever the order of its sets.
        environment = {**os.environ, "PYTHONPATH": package, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "permiscope.teach.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=environment,
        )
        try:
            list(self._replies((source, self._folder.name), 1))
        except AnswerError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process and remove what it wrote."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def value(self, name: str) -> Any:  # noqa: ANN401  # whatever a learner wrote there
        """What the file calls so, as plain data."""
        (value,) = self._replies((name, None), 1)
        return value

    def ask(self, name: str, questions: Sequence[tuple[object, ...]]) -> Iterator[bool]:
        """What the file's function of this name answers to each question, its arguments."""
        yield from self._replies((name, questions), len(questions))

    def _replies(self, question: object, number: int) -> Iterator[Any]:
        assert self._process.stdin  # noqa: S101  # they are pipes
        assert self._process.stdout  # noqa: S101
        clock, unread = Timer(self._limit, self._stop), number
        clock.start()
        try:
            with suppress(BrokenPipeError):
                pickle.dump(question, self._process.stdin)
                self._process.stdin.flush()
            for asked in range(number):
                line = self._process.stdout.readline()
                unread -= 1
                yield _read(line, asked, self._end() if not line else "")
        finally:
            # Who stops listening leaves nothing in the way of the next question.
            for _ in range(unread):
                self._process.stdout.readline()
            clock.cancel()

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def _end(self) -> str:
        if self._late:
            return f"it took longer than {self._limit:g} seconds; does a loop in it never end?"
        return "it ended the process that ran it"


def _read(line: bytes, asked: int, end: str) -> Any:  # noqa: ANN401  # as `value`
    if end:
        raise AnswerError(end, asked)
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.keys() not in ({"value"}, {"error"}):
        raise AnswerError("it answers for somebody else", asked)
    if "error" in told:
        raise AnswerError(str(told["error"]), asked)
    return told["value"]
