"""Lesson 3: an agreement in words, to be said as one reading, neither too narrow nor too wide."""

from attrs import frozen

from permiscope.engine.bfs import messaging_for
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent, parse_extent
from permiscope.model.steps import History
from permiscope.questions.policies.compare import compare_extents
from permiscope.report.story import story
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import ExtentPolicy
from permiscope.teach.answer import Answer
from permiscope.teach.exercise import Exercise, NotYetError, Part
from permiscope.teach.variant import APP, Variant

AGREEMENTS = (
    (
        "what was sent via the app, what answers such a message, and whatever mentions the app or is addressed to it",
        "reply | addressed",
    ),
    (
        "every conversation that was begun via the app, as a whole, and whatever links to the app",
        "rooted | linked",
    ),
    (
        "what the owner of the mailbox sent via the app, and whatever bears the app's label",
        "authored | tagged",
    ),
    (
        "every conversation in which the app was used, as a whole, and whatever mentions the app or is addressed to it",
        "threaded | addressed",
    ),
)
"""What two parties agreed on, and the reading that says it."""
BOUND = 4
"""Steps of the days with which readings are told apart: the last is the app's reading of a message."""
MOST = 200
"""Signs of a reading that is looked at."""


@frozen
class Said:
    """The reading that a learner wrote."""

    extent: Extent


def _agreement(variant: Variant) -> tuple[str, Extent]:
    words, reading = variant.choose(AGREEMENTS, "agreement")
    return words, parse_extent(reading)


def task(variant: Variant) -> str:
    """The agreement, in words."""
    words, _ = _agreement(variant)
    return (
        f'The parties agree on what "the app\'s content" means: {words}; nothing else. Say it as one reading, of names '
        "joined by | (or), & (and) and ~ (not). `permiscope list readings` says what the names mean; nobody needs more "
        "than two of them."
    )


def start(variant: Variant) -> str:
    """A reading that is too narrow for each of the agreements."""
    return 'READING = "authored & tagged"\n'


def read(variant: Variant, answer: Answer) -> Said:
    """The reading. Raises `NotYetError` if it is none."""
    text = answer.value("READING")
    if not isinstance(text, str) or len(text) > MOST:
        raise NotYetError("`READING` is no text that can be read.", 'Write READING = "..." with a reading in it.')
    try:
        return Said(parse_extent(text))
    except InputError as error:
        raise NotYetError(f"{str(error).capitalize()}.", "`permiscope list readings` lists the names.") from None


def _told(rule: Extent, history: History, why: str) -> str:
    policy = ExtentPolicy(rule)
    return f"{story(messaging_for(Service(policy)).played(history), policy)}\n{why}"


def _wide_enough(variant: Variant, said: Said) -> str:
    _, agreed = _agreement(variant)
    missed = compare_extents(agreed, said.extent, BOUND)
    return (
        _told(agreed, missed, "It was agreed that this message belongs; your reading leaves it out.") if missed else ""
    )


def _narrow_enough(variant: Variant, said: Said) -> str:
    _, agreed = _agreement(variant)
    extra = compare_extents(said.extent, agreed, BOUND)
    return _told(said.extent, extra, "Your reading holds this message, and it was not agreed on.") if extra else ""


EXERCISE = Exercise(
    3,
    task,
    start,
    read,
    (
        Part(
            "it is not too narrow",
            _wide_enough,
            f"Look at the message that {APP} reads in the example: which words of the agreement speak of it, and which "
            "name in the list says that?",
        ),
        Part(
            "it is not too wide",
            _narrow_enough,
            "Look at the message in the example: which name in your reading lets it in, and is there a narrower one?",
        ),
    ),
)
