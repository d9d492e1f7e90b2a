"""L39: what do two consents mean together? Here what either allows, though one was taken back."""

from functools import reduce
from operator import or_

from attrs import evolve

from permiscope.model.access import Grant, Scope
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class UnitesConsents(EnforcementPoint):
    """While any grant is in force, what an earlier one covered is covered, too."""

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        grant = super()._believed(app, owner, time)
        if grant is None:
            return None
        earlier = [window.grant.scope for window in self.state.windows[app, grant.user]]
        scopes = dict.fromkeys([*earlier, grant.scope])
        extent = reduce(or_, (scope.extent for scope in scopes))
        actions = tuple(dict.fromkeys(action for scope in scopes for action in scope.actions))
        return evolve(grant, scope=Scope(actions, extent))


FAULT = Fault(
    "L39",
    "A leftover consent defeats a narrower one (union against intersection).",
    "P",
    ("I5:granted",),
    built_with(UnitesConsents),
    blind=("I5:reply", "I1", "I4"),
    kinds=("grant-narrowly", "revoke"),
    mirror="Exchange: access policies intersect with consent [V], RBAC for Applications unites with it [S]",
)
