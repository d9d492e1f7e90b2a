"""Lesson 5: a day on which revoking, prompt as it is, comes too late."""

from permiscope.judge.exposure import lives
from permiscope.model.extents import READINGS
from permiscope.model.records import Called, Handed, Revoked
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.exercise import Exercise, Part
from permiscope.teach.exercises.day import OTHER, Day, read_day, shortest
from permiscope.teach.variant import APP, Variant

RULE = "everything"
MEANING = READINGS["reply"]


def task(variant: Variant) -> str:
    """A prompt revocation, and what it does not reach."""
    owner, _, _ = variant.people
    return (
        f'The rule in force is "{RULE}": {BUILT_IN[RULE].text} Design the shortest day on which {owner} takes the '
        f"grant to {APP} back, {APP} is shown nothing after that, and a private message of {owner}'s still gets from "
        f'{APP} to {OTHER} afterwards. Private is what lies outside "{MEANING.name}": it is not so that '
        f"{MEANING.phrase}."
    )


def start(variant: Variant) -> str:
    """A day on which nothing is shown, and the grant is taken back."""
    owner, other, _ = variant.people
    return f"""\
from permiscope.model.steps import Call, Compose, Consent, Hand, Revoke

DAY = (
    Consent("{owner}", "{APP}"),
    Compose("{other}", ("{owner}",), text="My results came. Keep it quiet."),  # this is m1
    Revoke("{owner}", "{APP}"),
)
"""


def _revoked(variant: Variant, day: Day) -> int | None:
    """The number of records before the last time that the owner took the grant back."""
    owner, _, _ = variant.people
    places = [
        place
        for place, each in enumerate(day.records)
        if isinstance(each, Revoked) and (each.person, each.app) == (owner, APP)
    ]
    return places[-1] if places and day.state.granted(APP, owner) is None else None


def _is_over(variant: Variant, day: Day) -> str:
    return (
        "" if _revoked(variant, day) is not None else f"{day.told}\n{APP} has its grant at the end, or never had one."
    )


def _is_prompt(variant: Variant, day: Day) -> str:
    after = day.records[_revoked(variant, day) or 0 :]
    late = any(isinstance(each, Called) and each.app == APP and each.shown for each in after)
    return f"{day.told}\n{APP} is shown something after the grant was taken back." if late else ""


def _saw_private(variant: Variant, day: Day) -> str:
    known = [life for life in lives(day.records, APP, MEANING) if life.private and life.known is not None]
    return "" if known else f"{day.told}\n{APP} never sees a private message."


def _handed(variant: Variant, day: Day) -> str:
    owner, _, _ = variant.people
    place = _revoked(variant, day)
    handed = [
        message
        for each in day.records[place or 0 :]
        if isinstance(each, Handed) and (each.app, each.to, each.owner) == (APP, OTHER, owner)
        for message in each.messages
        if not MEANING.holds(message, APP, owner, day.state)
    ]
    return "" if handed and place is not None else f"{day.told}\nNo private message gets to {OTHER} after the end."


EXERCISE = Exercise(
    5,
    task,
    start,
    lambda _, answer: read_day(answer, RULE),
    (
        Part("the grant is taken back", _is_over, "The owner's `Revoke` has to come after their `Consent`, and stay."),
        Part("nothing is shown after that", _is_prompt, "Let the app do all its reading while it has the grant."),
        Part(
            "the app saw a private message",
            _saw_private,
            "What the app is to hand on it must have been shown. When could that be, and of which message?",
        ),
        Part(
            "the message gets to the other app afterwards",
            _handed,
            f"The service no longer takes part: the app has a copy. It hands it on by `Hand`, to {OTHER}.",
        ),
        shortest(5),
    ),
)
