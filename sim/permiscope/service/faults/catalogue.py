"""Which leaks are known? A fault is a part of the door in a file of its own, `unfiltered`, or a row of `settings`."""

from collections.abc import Iterable

from permiscope.model.errors import InputError, unknown
from permiscope.service.door.build import Service
from permiscope.service.faults.fault import Fault
from permiscope.service.faults.l02_thread_unfiltered import FAULT as L2
from permiscope.service.faults.l06_search_total import FAULT as L6
from permiscope.service.faults.l09_cursor import FAULT as L9
from permiscope.service.faults.l12_latency import FAULT as L12
from permiscope.service.faults.l13_push_before_filter import FAULT as L13
from permiscope.service.faults.l14_wrong_subscriber import FAULT as L14
from permiscope.service.faults.l15_push_after_revocation import FAULT as L15
from permiscope.service.faults.l18_trashed_in_flight import FAULT as L18
from permiscope.service.faults.l19_consent_understated import FAULT as L19
from permiscope.service.faults.l20_purges_all import FAULT as L20
from permiscope.service.faults.l24_mislabelled import FAULT as L24
from permiscope.service.faults.l26_drafts import FAULT as L26
from permiscope.service.faults.l27_snippet import FAULT as L27
from permiscope.service.faults.l28_old_version import FAULT as L28
from permiscope.service.faults.l31_newcomer import FAULT as L31
from permiscope.service.faults.l35_administrator import FAULT as L35
from permiscope.service.faults.l36_rate_limit import FAULT as L36
from permiscope.service.faults.l37_forward_unread import FAULT as L37
from permiscope.service.faults.l38_rule import FAULT as L38
from permiscope.service.faults.l39_leftover_consent import FAULT as L39
from permiscope.service.faults.settings import FAULTS
from permiscope.service.faults.unfiltered import FAULTS as UNFILTERED

OF_DOOR = (
    *(L2, L6, L9, L12, L13, L14, L15, L18, L19, L20),
    *(L24, L26, L27, L28, L31, L35, L36, L37, L38, L39),
)
CATALOGUE: dict[str, Fault] = {
    fault.name: fault for fault in sorted((*OF_DOOR, *UNFILTERED, *FAULTS), key=lambda fault: int(fault.name[1:]))
}

NOT_STATED: dict[str, tuple[str, str]] = {
    "L34": (
        "A bearer token is stolen or shared.",
        "The service sees a valid call of the app that was granted: no record of its calls can tell.",
    ),
    "L40": (
        "People at the app read what its software may process.",
        "What happens inside the app crosses no boundary of the service. A contract speaks of it: not testable here.",
    ),
}
"""Leaks that the model cannot state, and why not."""


def with_leaks(service: Service, names: Iterable[str]) -> Service:
    """A service with leaks of the catalogue built in. Raises `InputError` for one that is none, or is in it already."""
    for name in names:
        if name not in CATALOGUE:
            raise unknown("leak", name, CATALOGUE, "permiscope list leaks")
        known, service = service.faults, CATALOGUE[name].built_into(service)
        if name in known or len(set(service.parts)) < len(service.parts):
            raise InputError(f"`{service.name}` has the leak `{name}` already; leave it out of `faults`")
    return service
