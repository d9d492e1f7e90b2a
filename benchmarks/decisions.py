"""What does a decision cost that can explain itself, beside a plain function that says yes or no?"""

from benchmarks.rounds import CALLS, Job, Spread, spread, take_turns
from sim.model.access import Action, Grant, Request
from sim.model.extents import EVERYTHING, Facts
from sim.model.mail import Message
from sim.model.steps import Compose, Consent, Reply
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN


def plain(app: str, action: Action, message: Message, owner: str, grant: Grant | None, facts: Facts) -> bool:
    """Whether the grant covers the action, and the message was sent via the app or answers one that was."""
    if grant is None or action not in grant.scope.actions:
        return False
    if grant.scope.extent is not EVERYTHING and not grant.scope.extent.holds(message, app, owner, facts):
        return False
    if message.via == app:
        return True
    parent = message.in_reply_to
    return parent is not None and facts.messages[parent].via == app


def cost() -> Spread:
    """A decision in plain functions."""
    policy = BUILT_IN["reply"]
    platform = Platform(policy, ("Ana", "Ben"), ("StreamCo",))
    platform.play((Consent("Ana", "StreamCo"), Compose("Ana", ("Ben",), via="StreamCo"), Reply("Ben", "m1")))
    state = platform.state
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
                for app, action, message, owner, grant, facts in requests:
                    plain(app, action, message, owner, grant, facts)

        return job

    return spread([decided / answered for decided, answered in take_turns(ours, theirs)])
