"""Why was a request permitted or denied? In a sentence, made when somebody asks."""

from sim.model.access import Decision, Request
from sim.model.extents import READINGS
from sim.service.policy import ExtentPolicy, Policy


def explain(policy: Policy, request: Request, decision: Decision) -> str:
    """Which scope allowed it, or what was missing and which scope would have sufficed."""
    app, action, message, owner, grant = request.app, request.action, request.message, request.owner, request.grant
    held = f"{owner}'s grant `{grant.scope}`" if grant else f"no grant of {owner} to {app}"
    match decision.reason:
        case "permitted":
            because = f", for {policy.extent.phrase}" if isinstance(policy, ExtentPolicy) and action != "send" else ""
            return f"{held} covers it, and so does `{policy.name}`{because}"
        case "no grant":
            return (
                f"there is {held}; a grant of `{action}: {_sufficient(request)}` and a rule as wide would have sufficed"
            )
        case "action not granted":
            return f"{held} does not cover `{action}`; a scope with `{action}` would have sufficed"
        case "outside the grant":
            return f"{message.id} lies outside {held}; one of `{action}: {_sufficient(request)}` would have sufficed"
        case "outside the policy":
            return f"{message.id} lies outside `{policy.name}`; the rule `{_sufficient(request)}` would have sufficed"
        case "refused by the policy":
            return f"`{policy.name}` refuses it"
        case "the policy raised":
            return f"`{policy.name}` raised {decision.error}, and a policy that raises denies"
        case "not in the mailbox":
            return f"{owner} holds no such message"


def _sufficient(request: Request) -> str:
    """The extents that hold the message, narrow ones first as the readings are listed."""
    asked = request.message, request.app, request.owner, request.facts
    return "` or `".join(name for name, extent in READINGS.items() if extent.holds(*asked))
