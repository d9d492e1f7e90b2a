"""What would a policy show of a whole mailbox? The app asks the door for each message in it, once."""

from collections.abc import Iterable

from permiscope.model.records import Called
from permiscope.model.state import State
from permiscope.model.steps import Call
from permiscope.service.door.build import service_for
from permiscope.service.door.enforcement import Observer, door
from permiscope.service.policies.policy import Policy


def ask_for_all(policy: Policy, state: State, app: str, owner: str, observers: Iterable[Observer] = ()) -> list[Called]:
    """The records of an app's asking for every body in a mailbox; the state is left as it is."""
    state = state.copy()
    point = door(service_for(policy), state, observers)
    time = state.time
    return [
        point.deliver(point.begin(Call(app, "get", owner, name), time), time) for name in tuple(state.mailbox(owner))
    ]
