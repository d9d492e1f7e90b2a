"""What does a decision of ours cost, beside those of other engines on the same requests?

`python -m tests.benchmarks.engines`, with the extra `bench`. Each engine is prepared: policies, requests and entities
are parsed or made before the clock starts. All of them answer alike, which is checked first.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

import casbin
import cedarpy
import vakt
from attrs import frozen
from vakt.rules import Eq, Truthy

from permiscope.engine.bfs import messaging_for
from permiscope.model.access import Request
from permiscope.model.steps import Compose, Consent, Label, Reply
from permiscope.service.door.build import Service
from permiscope.service.policies import engines
from permiscope.service.policies.engines.cedar import load_cedar
from permiscope.service.policies.policy import BUILT_IN
from tests.benchmarks.rounds import CALLS, Job, Spread, spread, take_turns

RULE = "reply"
APP = "StreamCo"
OURS, THEIRS = 5 * CALLS, CALLS // 20
"""Calls a round: the others take a hundred times longer, and a round should take about as long for each."""
MUST = {"cedarpy": (150, 250), "casbin": (150, 250), "vakt": (12, 20)}

Ask = Callable[[], object]

CASBIN = """
[request_definition]
r = sub, act, obj
[policy_definition]
p = act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.obj.granted && (r.obj.via == r.sub || r.obj.answers_via == r.sub)
"""


@frozen
class Asked:
    """What the others are told of a request."""

    granted: bool
    via: str | None
    answers_via: str | None


def requests() -> list[Request]:
    """A message via the app, an answer to it, an answer to that, a labelled one, and one that mentions the app."""
    messaging = messaging_for(Service(BUILT_IN[RULE]))
    messaging.play(
        (
            Consent("Ana", APP),
            Compose("Ana", ("Ben",), via=APP),
            Reply("Ben", "m1"),
            Reply("Ana", "m2"),
            Compose("Cy", ("Ana",)),
            Label("Ana", "m4", APP),
            Compose("Ben", ("Ana",), mentions=(APP,)),
        )
    )
    state = messaging.state
    grant = state.granted(APP, "Ana")
    return [Request(APP, "read", message, "Ana", grant, state) for message in state.messages.values()]


def asked(request: Request) -> Asked:
    """The same in the few words that the rule needs."""
    parent = request.message.in_reply_to
    via = request.facts.messages[parent].via if parent else None
    return Asked(request.grant is not None, request.message.via, via)


def by_cedar(all_of_them: list[Request]) -> Iterator[Ask]:
    """Cedar with prepared handles, past our adapter: a request costs one call of `cedarpy`."""
    text = (Path(engines.__file__).parent / f"{RULE}.cedar").read_text("utf-8")
    policies = cedarpy.PolicySet.from_str(text)
    context = '{"granted_actions": [{"__entity": {"type": "Action", "id": "read"}}], "granted_extent": true}'
    entities = cedarpy.Entities.from_json_str(f"[{','.join(map(as_entity, all_of_them))}]")

    def ask(question: dict[str, Collection[str]]) -> bool:
        return cedarpy.is_authorized(question, policies, entities).allowed

    for request in all_of_them:
        question = {
            "principal": {"type": "App", "id": APP},
            "action": {"type": "Action", "id": "read"},
            "resource": {"type": "Message", "id": request.message.id},
            "context": context,
        }
        yield partial(ask, question)


def as_entity(request: Request) -> str:
    """A message as Cedar's JSON has it."""
    told = asked(request)
    attributes = ",".join(
        f'"{name}": {{"__entity": {{"type": "App", "id": "{app}"}}}}'
        for name, app in (("via", told.via), ("answers_via", told.answers_via))
        if app
    )
    return f'{{"uid": {{"type": "Message", "id": "{request.message.id}"}}, "attrs": {{{attributes}}}, "parents": []}}'


def by_casbin(all_of_them: list[Request]) -> Iterator[Ask]:
    """One matcher over the attributes of an object."""
    model = casbin.Model()
    model.load_model_from_text(CASBIN)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policy("read")
    for request in all_of_them:
        yield partial(enforcer.enforce, APP, "read", asked(request))


def by_vakt(all_of_them: list[Request]) -> Iterator[Ask]:
    """A policy for each of the two ways in which a message may belong."""
    storage = vakt.MemoryStorage()
    for name in ("via", "answers_via"):
        storage.add(
            vakt.Policy(
                name,
                subjects=[Eq(APP)],
                actions=[Eq("read")],
                resources=[{name: Eq(APP)}],
                context={"granted": Truthy()},
                effect=vakt.ALLOW_ACCESS,
            )
        )
    guard = vakt.Guard(storage, vakt.RulesChecker())
    for request in all_of_them:
        told = asked(request)
        inquiry = vakt.Inquiry(
            subject=APP,
            action="read",
            resource={"via": told.via, "answers_via": told.answers_via},
            context={"granted": told.granted},
        )
        yield partial(guard.is_allowed, inquiry)


def job(asks: list[Ask], calls: int) -> Job:
    """Ask everything in turn, so many times in all."""

    def run() -> None:
        for _ in range(calls // len(asks)):
            for ask in asks:
                ask()

    return run


def ours(all_of_them: list[Request], calls: int) -> Job:
    """Our own decisions, as the enforcement point asks for them."""
    decide = BUILT_IN[RULE].decide

    def run() -> None:
        for _ in range(calls // len(all_of_them)):
            for request in all_of_them:
                decide(request)

    return run


def costs() -> dict[str, Spread]:
    """For each engine how many of our decisions one of its takes."""
    all_of_them = requests()
    engines_ = {"cedarpy": by_cedar, "casbin": by_casbin, "vakt": by_vakt}
    asks = {name: list(prepare(all_of_them)) for name, prepare in engines_.items()}
    expected = [BUILT_IN[RULE].decide(request).permit for request in all_of_them]
    for name, each in asks.items():
        if [ask() for ask in each] != expected:
            raise SystemExit(f"{name} decides otherwise")
    adapted = load_cedar(str(Path(engines.__file__).parent / f"{RULE}.cedar")).decide
    asks["our adapter to Cedar, which remembers"] = [partial(adapted, request) for request in all_of_them]
    jobs = [partial(job, each, THEIRS) for each in asks.values()]
    rounds = take_turns(lambda: ours(all_of_them, OURS), *jobs)
    return {
        name: spread([times[number] / times[0] * OURS / THEIRS for times in rounds])
        for number, name in enumerate(asks, start=1)
    }


def main() -> None:
    """Measure and print a table in Markdown."""
    print("| what | median (quartiles) | must | aim |\n|---|---|---|---|")
    for name, cost in costs().items():
        must, aim = MUST.get(name, ("report", ""))
        print(f"| a decision by {name} / one of ours | {cost} | {must} | {aim} |")


if __name__ == "__main__":
    main()
