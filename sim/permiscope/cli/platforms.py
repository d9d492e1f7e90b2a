"""What is asked of real platforms: to tell of them, and to find what their scopes open beyond their words."""

from pathlib import Path

import typer

from permiscope.cli.progress import end_if_pressed, progress
from permiscope.model.codec import Plain
from permiscope.model.progress import Interruption
from permiscope.questions.platforms.escalation import BOUND, Escalation, escalations
from permiscope.report.files import check_file, check_writable, file_name, write_json, write_text
from permiscope.report.platforms import escalations_report, platform_told, scopes_told
from permiscope.report.text import LIMITS, wrap
from permiscope.service.platforms.scopes import ScopesPolicy, load_scopes, vendor_of
from permiscope.service.platforms.vendor import Vendor, is_vendor, load_vendor, vendor_names
from permiscope.sources.scenario import Scenario, dump_scenario


def platform_rows() -> list[tuple[str, str]]:
    """Every platform of the catalogue, in a sentence each."""
    rows = []
    for name in vendor_names():
        vendor = load_vendor(name)
        rows.append((name, f"{vendor.title}: {vendor.about} As of {vendor.as_of}."))
    return rows


def is_platform(name: str) -> bool:
    """Whether it is a platform that is named, or scopes of one."""
    return is_vendor(name) or (":" in name and is_vendor(vendor_of(name)))


def is_whole(name: str) -> bool:
    """Whether it is a platform of several scopes, which are to be looked at one by one."""
    return is_vendor(name) and len(load_vendor(name).scopes) > 1


def tell_platform(name: str) -> str:
    """A platform, or scopes of one, in sentences."""
    return platform_told(load_vendor(name)) if is_whole(name) else scopes_told(load_scopes(name))


def find_escalations(name: str, json: Path | None, out: Path | None) -> None:
    """Find what a platform's scopes open beyond their words. Ends with exit code 1 if there is anything."""
    vendor = load_vendor(name)
    if json:
        check_file(json)
    if out:
        check_writable(out)
    found: list[Escalation] = []
    with progress("searching", "scopes") as tick, Interruption() as interruption:
        for each in escalations(vendor, tick):
            found.append(each)
            tick.note(f"{len(found)} found")
    text = f"{escalations_report(vendor, found)}\n\n{wrap(LIMITS)}"
    print(text)
    if json:
        write_json(json, _plain(vendor, found))
    if out:
        write_text(out / "escalations.txt", text + "\n")
        for each in found:
            name = file_name(vendor.name, "+".join(each.scopes), each.sort)
            write_text(out / f"{name}.toml", dump_scenario(_scenario(vendor, each)))
    end_if_pressed(interruption)
    if found:
        raise typer.Exit(1)


def _scenario(vendor: Vendor, found: Escalation) -> Scenario:
    """The history of an escalation, to be run again; of a power that is lost, under both scopes."""
    title = f"Under this model of {vendor.title}, as of {vendor.as_of}: {found.sort}"
    invariants = (found.check,) if found.check else ()
    return Scenario(ScopesPolicy(vendor, found.scopes).name, invariants, title, history=found.witness)


def _plain(vendor: Vendor, found: list[Escalation]) -> Plain:
    """What was found, for a program: witnesses as steps."""
    plain = [
        {
            "sort": each.sort,
            "scopes": each.scopes,
            "alike": each.alike,
            "check": each.check,
            "by": each.by,
            "lost": each.lost,
            "marks": [vendor.mark(vendor.scopes[name]) for name in each.scopes],
            "steps": len(each.witness),
            "witness": each.witness,
        }
        for each in found
    ]
    return {"platform": vendor.name, "as of": vendor.as_of, "bound": BOUND, "found": plain}
