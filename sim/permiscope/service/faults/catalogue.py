"""Which leaks are known? A fault is a part of the door, in a file of its own, or a row of `settings`."""

from collections.abc import Iterable

from permiscope.model.errors import InputError, unknown
from permiscope.service.build import Service
from permiscope.service.faults import (
    l02_thread_unfiltered,
    l06_search_total,
    l08_counters,
    l09_cursor,
    l12_latency,
    l13_push_before_filter,
    l14_wrong_subscriber,
    l15_push_after_revocation,
    l18_trashed_in_flight,
    l19_consent_understated,
    l20_purges_all,
    l22_restore_unfiltered,
    l24_mislabelled,
    l25_attachment_by_id,
    l26_drafts,
    l27_snippet,
    l28_old_version,
    l29_export_unfiltered,
    l31_newcomer,
    l35_administrator,
    l36_rate_limit,
    l37_forward_unread,
    l38_rule,
    l39_leftover_consent,
    settings,
)
from permiscope.service.faults.fault import Fault

PARTS = tuple(
    module.FAULT
    for module in (
        l02_thread_unfiltered,
        l06_search_total,
        l08_counters,
        l09_cursor,
        l12_latency,
        l13_push_before_filter,
        l14_wrong_subscriber,
        l15_push_after_revocation,
        l18_trashed_in_flight,
        l19_consent_understated,
        l20_purges_all,
        l22_restore_unfiltered,
        l24_mislabelled,
        l25_attachment_by_id,
        l26_drafts,
        l27_snippet,
        l28_old_version,
        l29_export_unfiltered,
        l31_newcomer,
        l35_administrator,
        l36_rate_limit,
        l37_forward_unread,
        l38_rule,
        l39_leftover_consent,
    )
)
CATALOGUE: dict[str, Fault] = {
    fault.name: fault for fault in sorted((*PARTS, *settings.FAULTS), key=lambda fault: int(fault.name[1:]))
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
