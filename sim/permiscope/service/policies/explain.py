"""Why was a request permitted or denied? In a sentence, made when somebody asks."""

from permiscope.model.access import Decision, Request
from permiscope.model.extents import READINGS
from permiscope.service.policies.policy import Policy, said_by


def explain(policy: Policy, request: Request, decision: Decision) -> str:
    """Which scope allowed it, or what was missing and which scope would have sufficed."""
    says = said_by(policy)
    if says.explain is not None and decision.reason != "no grant":
        return says.explain(request, decision)
    app, action, owner, grant = request.app, request.action, request.owner, request.grant
    held = f"{owner}'s grant `{grant.scope}`" if grant else f"no grant of {owner} to {app}"
    match decision.reason:
        case "permitted":
            because = f", for {says.extent.phrase}" if says.extent is not None and action != "send" else ""
            if decision.because:
                because = f", by its {' and '.join(f'`{part}`' for part in decision.because)}"
            return f"{held} covers it, and so does `{policy.name}`{because}"
        case "no grant":
            return f"there is {held}; {_needed(policy, request)} would have sufficed"
        case "action not granted":
            return f"{held} does not cover `{action}`; {_needed(policy, request)} would have sufficed"
        case "outside the grant":
            return f"{request.message.id} lies outside {held}; {_needed(policy, request)} would have sufficed"
        case "outside the policy":
            return f"{request.message.id} lies outside `{policy.name}`; {_needed(policy, request)} would have sufficed"
        case "refused by the policy":
            because = f", by its {' and '.join(f'`{part}`' for part in decision.because)}" if decision.because else ""
            return f"`{policy.name}` refuses it{because}"
        case "the policy raised":
            return f"`{policy.name}` raised {decision.error}, and a policy that raises denies"
        case "older than the grant":
            return f"{request.message.id} is older than {held}; a grant with backfill would have sufficed"
        case "not in the mailbox":
            return f"{owner} holds no such message"


def _needed(policy: Policy, request: Request) -> str:
    """All that was missing: of the grant, and of the rule. Where there is no message yet, no extent is asked."""
    action, message, grant = request.action, request.message, request.grant
    asked = message, request.app, request.owner, request.facts
    if not _is_written(request):
        return f"a grant of `{action}`" if grant is None else f"a scope with `{action}`"
    wide = "` or `".join(name for name, extent in READINGS.items() if extent.holds(*asked))
    needs = []
    if grant is None:
        needs.append(f"a grant of `{action}: {wide}`")
    elif not grant.scope.extent.holds(*asked):
        needs.append(f"a scope of `{action}: {wide}`")
    elif action not in grant.scope.actions:
        needs.append(f"a scope with `{action}`")
    extent = said_by(policy).extent
    if extent is not None and not extent.holds(*asked):
        needs.append(f"the rule `{wide}`")
    return " and ".join(needs)


def _is_written(request: Request) -> bool:
    """Whether it is about a message, and not about what is to be sent or about a mailbox."""
    return request.message.id in request.facts.messages
