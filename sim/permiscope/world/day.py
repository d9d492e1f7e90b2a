"""A day in the life of three people and an app: the ground that the demo and several scenarios stand on."""

from collections.abc import Mapping

from attrs import evolve

from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.model.streams import DAY, HOUR, Draw
from permiscope.model.trace import Trace
from permiscope.service.door.build import service_for
from permiscope.service.policies.policy import Policy
from permiscope.world.apps import App, curious_reader, honest_recommender
from permiscope.world.people import Person, circle, clicks, script, together
from permiscope.world.simulation import AT_ONCE, Simulation

APP = "StreamCo"
SEED = 7
GRANT = 8 * HOUR
"""When Ana grants the app."""

CONVERSATION: History = (
    Compose("Cy", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ben", ("Ana",), text="I handed in my notice today."),
    Consent("Ana", APP),
    Compose("Ana", thread="t2", via=APP, text="I think you would like this film."),
    Reply("Ben", "m3", text="Thank you. I will."),
)
"""Two private messages; Ana answers one of them via the app that she then uses, and is answered."""

REQUESTS: Mapping[str, Call] = {
    "read its\nown message": Call(APP, "get", "Ana", message="m3"),
    "read the\nreply to it": Call(APP, "get", "Ana", message="m4"),
    "read what was\nsaid before": Call(APP, "get", "Ana", message="m2"),
    "read mail of\nsomebody else": Call(APP, "get", "Ana", message="m1"),
    "delete its\nown message": Call(APP, "delete", "Ana", message="m3"),
    "delete mail of\nsomebody else": Call(APP, "delete", "Ana", message="m1"),
}
"""What the app may ask for after it, by what that is, in two lines."""


def people(*, writes: float = 12.0) -> Mapping[str, Person]:
    """Ana, Ben and Cy, who all write to each other, `writes` messages a day in each direction; Ana grants the app."""
    everybody = circle(("Ana", "Ben", "Cy"), APP, writes=writes)
    return {**everybody, "Ana": together(everybody["Ana"], script(Consent("Ana", APP, at=GRANT)))}


def honest(*, recommends: float = 2.0, seed: int = SEED) -> App:
    """An app that writes when Ana clicks, some times a day to each friend, and reads back the answers."""
    return honest_recommender(
        [click for click in clicks(seed, "Ana", {"Ben": recommends, "Cy": recommends}) if click.at > GRANT]
    )


def curious() -> App:
    """An app that every hour reads whatever it is allowed to in Ana's mailbox."""
    return curious_reader(["Ana"])


def day(policy: Policy, app: App, *, latency: Draw = AT_ONCE, lag: float = 0.0, recheck: bool = False) -> Trace:
    """The trace of one day under a policy: the same mail in every run, for nobody but the app looks at the policy."""
    service = service_for(policy)
    service = evolve(service, lag=lag or service.lag, recheck=recheck)
    return Simulation(service, people(), {APP: app}, SEED, latency=latency).run(DAY)
