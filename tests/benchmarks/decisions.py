"""What does a decision cost that can explain itself, beside a plain function that says yes or no?"""

from permiscope.model.access import Request
from permiscope.model.extents import EVERYTHING
from permiscope.model.steps import Compose, Consent, Reply
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN
from tests.benchmarks.rounds import CALLS, Job, Spread, spread, take_turns


def plain(request: Request) -> bool:
    """Whether the grant covers the action, and the message was sent via the app or answers one that was."""
    grant, message, app = request.grant, request.message, request.app
    if grant is None or request.action not in grant.scope.actions:
        return False
    extent = grant.scope.extent
    if extent is not EVERYTHING and not extent.holds(message, app, request.owner, request.facts):
        return False
    if message.via == app:
        return True
    parent = message.in_reply_to
    return parent is not None and request.facts.messages[parent].via == app


def cost() -> Spread:
    """A decision in plain functions."""
    policy = BUILT_IN["reply"]
    messaging = MessagingService(Service(policy), ("Ana", "Ben"), ("StreamCo",))
    messaging.play((Consent("Ana", "StreamCo"), Compose("Ana", ("Ben",), via="StreamCo"), Reply("Ben", "m1")))
    state = messaging.state
    grant = state.granted("StreamCo", "Ana")
    requests = [Request("StreamCo", "read", message, "Ana", grant, state) for message in state.messages.values()]
    times = CALLS // len(requests)

    def ours() -> Job:
        decide = policy.decide

        def job() -> None:
            for _ in range(times):
                for request in requests:
                    decide(request)

        return job

    def theirs() -> Job:
        def job() -> None:
            for _ in range(times):
                for request in requests:
                    plain(request)

        return job

    return spread([decided / answered for decided, answered in take_turns(ours, theirs)])
