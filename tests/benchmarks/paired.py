"""What does it cost to compare two runs of a day, beside running it once?"""

from permiscope.engine.pairs import run_pair
from permiscope.engine.space import APPS, PEOPLE
from permiscope.judge.noninterference import Noninterference
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Compose, Consent, History, Reply, Step
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.fault import ideal
from tests.benchmarks.rounds import Job, Spread, spread, take_turns

(APP,) = APPS
ANA, BEN, _ = PEOPLE
MESSAGES = 15
CALLS = 20
TIMES = 20


def day() -> History:
    """A third of the messages is out of the app's reach; it lists the mailbox and reads them one by one."""
    steps: list[Step] = [Consent(ANA, APP)]
    for number in range(1, MESSAGES, 3):
        steps += [Compose(BEN, (ANA,)), Compose(ANA, (BEN,), via=APP), Reply(BEN, f"m{number + 1}")]
    for number in range(CALLS):
        name = f"m{number % MESSAGES + 1}"
        steps.append(Call(APP, "get", ANA, message=name) if number % 2 else Call(APP, "list", ANA))
    return tuple(steps)


def cost() -> Spread:
    """A paired run of the service that keeps what can be kept, in single runs."""
    service, history = ideal(), day()
    rule = Noninterference("I20", READINGS["reply"])
    if run_pair(service, history, rule).divergence is not None:
        raise SystemExit("a paired run of the sound service finds a difference")

    def one() -> Job:
        def job() -> None:
            for _ in range(TIMES):
                messaging = MessagingService(service, PEOPLE, APPS)
                messaging.play(history)
                messaging.end(messaging.clock)

        return job

    def two() -> Job:
        def job() -> None:
            for _ in range(TIMES):
                run_pair(service, history, rule)

        return job

    return spread([both / single for single, both in take_turns(one, two)])
