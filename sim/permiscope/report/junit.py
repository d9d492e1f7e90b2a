"""How do CI services read the verdicts? As JUnit XML: a test case a claim, the same bytes for the same verdicts."""

from collections.abc import Sequence
from re import sub
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from attrs import frozen

NOT_XML = r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]"
"""The characters that XML 1.0 has no way to write."""


@frozen
class Case:
    """What came of one claim: `failure` or `skipped` in words if it did not pass, and `said` in any case."""

    policy: str
    name: str
    failure: str = ""
    skipped: str = ""
    said: str = ""


def junit(cases: Sequence[Case]) -> str:
    """The cases as a JUnit file. It names no host and no time, so that it changes only when a verdict does."""
    failures = sum(bool(case.failure) for case in cases)
    skipped = sum(bool(case.skipped) for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": "permiscope", **counts})
    for case in cases:
        element = SubElement(suite, "testcase", {"classname": _clean(case.policy), "name": _clean(case.name)})
        for tag, text in (("failure", case.failure), ("skipped", case.skipped)):
            if text:
                first = _clean(text).strip().partition("\n")[0]
                SubElement(element, tag, {"message": first}).text = _clean(text)
        if case.said:
            SubElement(element, "system-out").text = _clean(case.said)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _clean(text: str) -> str:
    """The text with a mark in the place of each character that XML cannot hold."""
    return sub(NOT_XML, "\N{REPLACEMENT CHARACTER}", text)
