"""Can a CI service read the verdicts, whatever text is in them?"""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from permiscope.report.junit import Case, junit

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
CASES = st.lists(st.builds(Case, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT), max_size=4)
STORY = "mine/reply: broken in 3\n\n  1 Ana  grants StreamCo"


def parsed(cases: list[Case]) -> ET.Element:
    """The file as a CI service reads it, bytes and all."""
    return ET.fromstring(junit(cases).encode())  # noqa: S314  # our own


@given(CASES)
def test_every_text_makes_a_file_that_can_be_read(cases: list[Case]) -> None:
    """Control characters and halves of characters too; and each case is counted once for what it is."""
    root = parsed(cases)
    suite = root.find("testsuite")
    assert suite is not None
    assert len(suite.findall("testcase")) == len(cases) == int(root.attrib["tests"])
    assert len(suite.findall("testcase/failure")) == int(root.attrib["failures"])
    assert len(suite.findall("testcase/skipped")) == int(root.attrib["skipped"])


@given(CASES)
def test_the_same_cases_are_the_same_bytes(cases: list[Case]) -> None:
    """No clock, no host, no duration."""
    text = junit(cases)
    assert text == junit(list(cases))
    assert not {"timestamp", "hostname", "time"} & {key for each in parsed(cases).iter() for key in each.attrib}


def test_a_failure_is_the_story_and_its_first_line_the_message() -> None:
    """Lines as they are told."""
    (failure,) = parsed([Case("mine", "I5:reply", failure=STORY)]).iter("failure")
    assert failure.attrib == {"message": "mine/reply: broken in 3"}
    assert failure.text == STORY


def test_what_was_not_tested_is_skipped_with_the_reason() -> None:
    """And what passed has neither; both may say something."""
    root = parsed([Case("mine", "I3", skipped="not tested"), Case("mine", "I9", said="kept")])
    assert [each.tag for case in root.iter("testcase") for each in case] == ["skipped", "system-out"]
    assert root.attrib == {"tests": "2", "failures": "0", "errors": "0", "skipped": "1"}


def test_a_character_that_xml_has_no_way_to_write_leaves_a_mark() -> None:
    """It is told that something was there."""
    (case,) = parsed([Case("mine\x1b[31m", "I5:\ud800")]).iter("testcase")
    assert case.attrib == {"classname": "mine�[31m", "name": "I5:�"}
