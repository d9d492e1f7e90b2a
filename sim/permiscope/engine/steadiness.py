"""Is a policy a function of its request? It is asked the same again, in another order and in another process."""

from collections.abc import Iterable, Sequence
from itertools import chain

from permiscope.engine.actions import calls
from permiscope.engine.bfs import PLAIN, PUBLISHED, histories_of, levels_for
from permiscope.engine.space import APPS, ONE_EACH, PEOPLE, Space, parties
from permiscope.model.errors import InputError
from permiscope.model.records import Called
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.guarding import check_elsewhere
from permiscope.service.policies.policy import Policy

(APP,) = APPS
ASKED_AGAIN = 200
"""In so many of the smallest states a policy of somebody's is asked everything again."""


def published() -> list[History]:
    """Return the histories of at most two of the published steps."""
    return list(histories_of(levels_for(PLAIN, PUBLISHED), 3))[:ASKED_AGAIN]


def answers_of(
    service: Service, space: Space, histories: Sequence[History], *, backwards: bool = False
) -> list[object]:
    """Ask a service everything after histories, first to last or last to first. Return what came of it."""
    answers: list[object] = []
    for history in histories[::-1] if backwards else histories:
        messaging = MessagingService(service, space.people, space.apps)
        messaging.play(history)
        steps = list(calls(messaging, APP, space.operations, space.values))
        told = [
            [(each.outcome, each.shown) for each in messaging.attempt(step) if isinstance(each, Called)]
            for step in (steps[::-1] if backwards else steps)
        ]
        answers.append(told[::-1] if backwards else told)
    return answers[::-1] if backwards else answers


def check_in_process(policy: Policy, witnesses: Iterable[History]) -> None:
    """Ask a policy that is from a file the same in a process of its own, and play there what was found.

    Raises `InputError` if it answers otherwise.
    """
    asked: list[History] = []
    for history in published():
        messaging = MessagingService(PLAIN, PEOPLE, APPS)
        messaging.play(history)
        asked.append((*history, *calls(messaging, APP, ONE_EACH)))
    asked += dict.fromkeys(witnesses)
    people, apps = zip(*map(parties, asked), strict=True)
    check_elsewhere(policy, asked, tuple(dict.fromkeys(chain(*people))), tuple(dict.fromkeys(chain(*apps))))


class Steadiness:
    """Asks a service of somebody's policy the same again, to see whether the policy is a function of its request."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._published = published()
        self._before = answers_of(service, PUBLISHED, self._published)

    def check(self, space: Space, histories: Sequence[History]) -> None:
        """Ask everything again in another order, and in a space twice.

        Raises `InputError` if the answers are others.
        """
        service = self._service
        again = answers_of(service, PUBLISHED, self._published, backwards=True)
        one, other = (answers_of(service, space, histories, backwards=backwards) for backwards in (False, True))
        if again != self._before or one != other:
            raise unsteady(service.policy, "asked the same again in another order, it answered otherwise")


def unsteady(policy: Policy, found: str) -> InputError:
    """Say that a policy is no function of its request."""
    return InputError(
        f"the policy `{policy.name}` is not deterministic: {found}; let it look at nothing but the request"
    )
