"""Lesson 1: a day on which an app may, asks and sees, and each is another message."""

from permiscope.model.access import Grade
from permiscope.model.records import Called
from permiscope.service.door.showing import ask_for_all
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.exercise import Exercise, Part
from permiscope.teach.exercises.day import Day, read_day, shortest
from permiscope.teach.variant import APP, Variant


def rule(variant: Variant) -> str:
    """Four rules under which such a day is equally long."""
    return variant.choose(("reply", "authored", "threaded", "rooted"), "rule")


def task(variant: Variant) -> str:
    """Three messages, each of another kind."""
    owner, _, _ = variant.people
    name = rule(variant)
    return (
        f'The rule in force is "{name}": {BUILT_IN[name].text} Design the shortest day on which {owner} grants {APP} '
        f"something, and at the end of which, of {owner}'s mail, {APP} has been shown the text of one message, has "
        "asked for another one and was refused, and might read a third one for which it never asked."
    )


def start(variant: Variant) -> str:
    """A day on which one message is shown."""
    owner, other, _ = variant.people
    return f"""\
from permiscope.model.steps import Call, Compose, Consent, Reply

DAY = (
    Consent("{owner}", "{APP}"),
    Compose("{owner}", ("{other}",), via="{APP}", text="I think you would like this film."),  # this is m1
    Call("{APP}", "get", "{owner}", message="m1"),
)
"""


def _calls(variant: Variant, day: Day) -> list[Called]:
    owner, _, _ = variant.people
    return [each for each in day.records if isinstance(each, Called) and each.app == APP and each.owner == owner]


def _saw(variant: Variant, day: Day) -> set[str]:
    calls = [each for each in _calls(variant, day) if each.grade is Grade.BODY]
    return {message.id for each in calls for message in each.shown}


def _asked_in_vain(variant: Variant, day: Day) -> set[str]:
    calls = [each for each in _calls(variant, day) if each.outcome == "refused" and each.target in day.state.messages]
    return {each.target or "" for each in calls} - _saw(variant, day)


def _might(variant: Variant, day: Day) -> set[str]:
    owner, _, _ = variant.people
    shown = {each.id for call in ask_for_all(BUILT_IN[day.rule], day.state, APP, owner) for each in call.shown}
    asked = {name for each in _calls(variant, day) for name in (each.target, *(each.id for each in each.shown))}
    return shown - asked


def _has(found: set[str], day: Day, what: str) -> str:
    return "" if found else f"{day.told}\n{what}"


EXERCISE = Exercise(
    1,
    task,
    start,
    lambda variant, answer: read_day(answer, rule(variant)),
    (
        Part(
            "it saw a message",
            lambda variant, day: _has(_saw(variant, day), day, f"{APP} was shown the text of no message."),
            "To see is to ask and be answered: a grant, a message that the rule lets through, and a call after both.",
        ),
        Part(
            "it asked for another one, and was refused",
            lambda variant, day: _has(
                _asked_in_vain(variant, day), day, "Of no message that the app never saw was it refused the reading."
            ),
            "Which message lies outside the rule? It has to exist, and the app has to ask for it.",
        ),
        Part(
            "it might read a third one, and never asked",
            lambda variant, day: _has(
                _might(variant, day), day, "There is no message that the app may read now and never asked for."
            ),
            "What the rule permits happens only if somebody asks. Write one more that the rule lets through, and stop.",
        ),
        shortest(6),
    ),
)
