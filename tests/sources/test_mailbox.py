"""Is a mailbox put into the model's words rightly, and does it say "cannot say" where it must?"""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from permiscope.model.extents import READINGS
from permiscope.report.audit import Exposure, expose
from permiscope.sources.items import Item, Problems
from permiscope.sources.mailbox import APP, Mailbox, Signs, assemble

ANA, BEN, CY, ROBOT = "ana@home.example", "ben@work.example", "cy@work.example", "robot@streamco.example"
SIGNS = Signs(senders=("*@streamco.example", "StreamCo*"), domains=("streamco.example",), labels=("StreamCo",))
THREADS = ("reply", "rooted", "threaded", "counterpart")


def item(
    name: str | None,
    author: str = BEN,
    *,
    client: str = "",
    recipients: tuple[str, ...] = (ANA,),
    time: float | None = 0.0,
    text: str | None = None,
    subject: str = "",
    answers: tuple[str, ...] | None = (),
    links: tuple[str, ...] = (),
    mentions: tuple[str, ...] = (),
    labels: tuple[str, ...] | None = None,
    own: bool = False,
) -> Item:
    """A message as a source tells of it; `client` is the program that it was sent with."""
    return Item(
        where=f"file {name}",
        name=name,
        author=author,
        recipients=recipients,
        time=time,
        text=f"Text of {name}." if text is None else text,
        subject=subject,
        senders=tuple(filter(None, (author, client))),
        answers=answers,
        links=links,
        mentions=mentions,
        labels=labels,
        names_client=bool(client),
        own=own,
    )


def mailbox(*items: Item, signs: Signs = SIGNS) -> tuple[Mailbox, dict[str, list[str]]]:
    """Ana's mailbox with these messages, and where what was odd."""
    problems = Problems()
    return assemble(items, ANA, signs, problems), problems.found


def order(box: Mailbox) -> list[str | None]:
    """The messages in the order in which they become part of the state, by their names in the source."""
    return [each.name for each in box.items.values()]


def threads(box: Mailbox) -> list[set[str | None]]:
    """Which messages are together, by their names in the source."""
    return [{box.items[name].name for name in thread.messages} for thread in box.state.threads.values()]


def parents(box: Mailbox) -> dict[str | None, str | None]:
    """What answers what, as far as it is here."""
    answered = {box.items[name].name: message.in_reply_to for name, message in box.state.messages.items()}
    return {name: box.items[parent].name for name, parent in answered.items() if parent is not None}


def exposures(box: Mailbox) -> dict[str, Exposure]:
    """What each rule could have shown."""
    return {each.rule: each for each in expose(box)}


class TestPlaces:
    """Order, threads, and what answers what."""

    def test_messages_come_by_date_and_after_what_they_answer(self) -> None:
        """Whatever their order in the file."""
        box, found = mailbox(item("c", time=3.0, answers=("a",)), item("b", time=2.0), item("a", time=1.0))
        assert order(box) == ["a", "b", "c"]
        assert threads(box) == [{"a", "c"}, {"b"}]
        assert parents(box) == {"c": "a"}
        assert found == {}

    def test_an_answer_dated_before_what_it_answers_comes_after_it(self) -> None:
        """Somebody's clock was wrong; it is as old as that, and so are those that answer it."""
        box, found = mailbox(
            item("a", time=5.0), item("b", time=3.0, answers=("a",)), item("c", time=4.0, answers=("b",))
        )
        assert order(box) == ["a", "b", "c"]
        assert [message.time for message in box.state.messages.values()] == [5.0, 5.0, 5.0]
        assert found == {"date before that of what it answers": ["file b", "file c"]}

    def test_a_message_without_a_date_is_as_old_as_the_one_before_it(self) -> None:
        """Or as what it answers; that it has none was counted when it was read."""
        box, found = mailbox(
            item("a", time=2.0),
            item("b", time=None),
            item("c", time=9.0),
            item("d", time=None, answers=("e",)),
            item("e", time=10.0),
        )
        assert order(box) == ["a", "b", "c", "e", "d"]
        assert [message.time for message in box.state.messages.values()] == [2.0, 2.0, 9.0, 10.0, 10.0]
        assert found == {}

    @pytest.mark.parametrize(
        ("answers", "cut"),
        [
            ({"a": "a"}, ["file a"]),
            ({"a": "b", "b": "a"}, ["file b"]),
            ({"a": "b", "b": "c", "c": "a"}, ["file c"]),
            ({"a": "b", "b": "c", "c": "b"}, ["file c"]),
        ],
    )
    def test_a_circle_of_answers_is_cut_once_and_counted(self, answers: dict[str, str], cut: list[str]) -> None:
        """All of it stays one thread, and what answers nothing that can be is undecided."""
        names = sorted(answers)
        box, found = mailbox(*(item(name, answers=(answers[name],)) for name in names))
        kept = {name: answers[name] for name in names if f"file {name}" not in cut}
        assert parents(box) == kept
        assert threads(box) == [set(names)]
        assert found == {"circle of answers: cut": cut}
        assert [box.items[name].where for name in box.undecided["reply"]] == cut

    def test_a_long_chain_of_answers_is_no_trouble(self) -> None:
        """The last comes first in the file."""
        count = 3000
        chain = [item(str(number), answers=(str(number - 1),) if number else ()) for number in reversed(range(count))]
        box, found = mailbox(*chain)
        assert order(box) == [str(number) for number in range(count)]
        assert len(threads(box)) == 1
        assert found == {}

    def test_messages_that_name_one_that_is_not_here_are_one_thread(self) -> None:
        """So is what names any of them."""
        box, _ = mailbox(
            item("a", time=1.0, answers=("gone",)),
            item("b", time=2.0, answers=("other", "gone")),
            item("c", time=3.0, answers=("other",)),
            item("d", time=4.0),
        )
        assert threads(box) == [{"a", "b", "c"}, {"d"}]
        assert parents(box) == {}

    def test_messages_without_an_id_are_threads_of_their_own(self) -> None:
        """Even if files of one name hold them, and even if each answers something that it names by no id."""
        nameless = evolve(item(None), where="Inbox, message 1")
        box, _ = mailbox(
            evolve(nameless, text="One."),
            evolve(nameless, text="Two."),
            evolve(nameless, text="Three.", answers=("",)),
            evolve(nameless, text="Four.", answers=("",)),
        )
        assert len(threads(box)) == 4
        assert {box.items[name].text for name in box.undecided["reply"]} == {"Three.", "Four."}


class TestCopies:
    """The same message, and others that say they are."""

    def test_a_message_in_two_folders_is_counted_once(self) -> None:
        """What either folder tells of it is kept."""
        inbox = item("a", ANA, labels=("Films",))
        sent = evolve(inbox, where="Sent", labels=("StreamCo",), own=True)
        box, found = mailbox(inbox, sent)
        assert list(box.items.values()) == [evolve(inbox, labels=("Films", "StreamCo"), own=True)]
        assert found == {"message that is there twice: counted once": ["Sent"]}

    @pytest.mark.parametrize("other", [item("a", text="Else."), item("a", time=9.0), item("a", CY)])
    def test_other_messages_under_one_id_are_all_kept(self, other: Item) -> None:
        """They are one thread, and an answer to that id answers the first."""
        box, found = mailbox(item("a"), evolve(other, where="again"), item("b", time=10.0, answers=("a",)))
        assert len(box.items) == 3
        assert threads(box) == [{"a", "b"}]
        assert box.state.messages["m3"].in_reply_to == "m1"
        assert found == {"Message-ID of another message": ["again"]}


class TestWhoWroteIt:
    """The owner, other people, the app."""

    def test_what_the_app_sends_of_itself_is_via_the_app_and_by_no_person(self) -> None:
        """A notice is not authored by the owner, in a folder of sent mail neither; nor is it one of the others'."""
        box, _ = mailbox(item("n", ROBOT), item("s", ROBOT, own=True), item("a", ANA, client="Mail"), item("b", BEN))
        assert [message.via for message in box.state.messages.values()] == [APP, APP, None, None]
        found = exposures(box)
        assert (found["authored"].shown, found["authored"].perhaps) == ((), ())
        assert found["via-app"].shown == ("m1", "m2")
        assert found["via-app"].others == 0
        assert box.others == {BEN: 1}
        assert [box.who(name, names=False) for name in box.items] == ["the app", "the app", "owner", "person 1"]
        assert [box.who(name, names=True) for name in box.items] == [ROBOT, ROBOT, ANA, BEN]

    def test_who_writes_with_the_apps_program_is_still_a_person(self) -> None:
        """Ben granted nothing, whatever he writes with."""
        box, _ = mailbox(item("b", BEN, client="StreamCo 2"), item("a", ANA, client="Mail"))
        assert exposures(box)["via-app"].shown == ("m1",)
        assert exposures(box)["via-app"].others == 1
        assert box.who("m1", names=False) == "person 1"

    def test_what_lies_in_sent_mail_is_by_the_owner_under_any_address(self) -> None:
        """With the app's program, too."""
        box, _ = mailbox(
            item("a", "ana@elsewhere.example", own=True, client="StreamCo 2"),
            item("b", "ana@elsewhere.example", own=True, client="Mail"),
        )
        assert [message.author for message in box.state.messages.values()] == [ANA, ANA]
        assert exposures(box)["authored"].shown == ("m1",)
        assert box.others == {}

    def test_a_message_without_an_author_is_by_nobody(self) -> None:
        """It is in the mailbox, and counts for no person."""
        box, _ = mailbox(item("x", ""))
        assert box.who("m1", names=True) == box.who("m1", names=False) == "unknown"
        assert box.others == {}
        assert exposures(box)["everything"].shown == ("m1",)


class TestSigns:
    """By what the app is recognised."""

    SOME = (
        item("link", links=("www.streamco.example",)),
        item("same", links=("streamco.example",), mentions=(ANA,)),
        item("near", links=("notstreamco.example", "streamco.example.evil.example"), labels=("streamco",)),
        item("label", labels=("Films", "StreamCo")),
        item("to", mentions=(ANA, "Robot@StreamCo.example")),
        item("words", subject="Your FILM", text="Tonight."),
        item("more", text="filming"),
    )

    @pytest.mark.parametrize(
        ("rule", "names"),
        [
            ("linked", {"link", "same"}),
            ("tagged", {"label"}),
            ("addressed", {"to"}),
            ("topical", {"words", "more"}),
        ],
    )
    def test_a_rule_shows_what_bears_its_sign(self, rule: str, names: set[str]) -> None:
        """Domains count with what is below them, globs in any case, labels to the letter, words anywhere."""
        box, _ = mailbox(*self.SOME, signs=evolve(SIGNS, keywords=("film",)))
        assert {box.items[name].name for name in exposures(box)[rule].shown} == names

    @pytest.mark.parametrize(
        ("signs", "rules"),
        [
            (evolve(SIGNS, domains=()), {"linked"}),
            (evolve(SIGNS, labels=()), {"tagged"}),
            (evolve(SIGNS, senders=()), {"authored", "via-app", "addressed", *THREADS}),
            (SIGNS, set()),
        ],
    )
    def test_without_its_sign_a_rule_cannot_say(self, signs: Signs, rules: set[str]) -> None:
        """Never 0: nothing is counted."""
        box, _ = mailbox(item("a", ANA, client="Mail"), *self.SOME, signs=signs)
        assert box.cannot_say.keys() == rules
        found = exposures(box)
        assert all(found[rule] == Exposure(rule, box.cannot_say[rule]) for rule in rules)

    def test_the_rule_about_words_is_there_only_if_words_are_given(self) -> None:
        """It comes before everything."""
        assert list(mailbox(item("a"))[0].rules) == list(READINGS)
        box, _ = mailbox(item("a"), signs=evolve(SIGNS, keywords=("film",)))
        assert list(box.rules)[-2:] == ["topical", "everything"]


class TestCannotSay:
    """What the mailbox does not decide, and for which messages."""

    @pytest.mark.parametrize(
        ("own", "why"),
        [
            ((), "nothing here was sent by the owner; add the folder of sent mail"),
            ((item("a", ANA),), "no message of the owner says with which program it was sent"),
            ((item("a", ANA, own=True),), "no message of the owner says with which program it was sent"),
            ((item("a", ANA, client="Mail"),), None),
            ((item("a", "ana@elsewhere.example", client="Mail", own=True),), None),
        ],
    )
    def test_authored_needs_a_message_of_the_owner_that_names_its_program(
        self, own: tuple[Item, ...], why: str | None
    ) -> None:
        """Without it the answer is not 0."""
        box, _ = mailbox(item("n", ROBOT), *own)
        assert box.cannot_say.get("authored") == why
        assert exposures(box)["authored"].cannot_say == why

    def test_an_own_message_that_names_no_program_may_be_the_apps(self) -> None:
        """The others are decided."""
        box, _ = mailbox(item("a", ANA, client="StreamCo 2"), item("b", ANA, client="Mail"), item("c", ANA))
        found = exposures(box)["authored"]
        assert (found.shown, found.perhaps) == (("m1",), ("m3",))

    def test_where_no_message_says_what_it_answers_nothing_is_said_of_threads(self) -> None:
        """As in an old export of a chat."""
        box, _ = mailbox(item("a", ROBOT, answers=None), item("b", answers=None))
        assert {rule for rule, why in box.cannot_say.items() if why == "no message says what it answers"} == {*THREADS}

    def test_where_some_messages_do_not_say_what_they_answer_these_are_undecided(self) -> None:
        """An old export beside a new one."""
        box, _ = mailbox(item("a", answers=None), item("b", ROBOT), item("c", answers=("b",)))
        for rule in THREADS:
            assert (rule, exposures(box)[rule].perhaps) == (rule, ("m1",))
            assert exposures(box)[rule].shown == ("m2", "m3")

    def test_where_no_message_bears_labels_nothing_is_said_of_them(self) -> None:
        """One that bears none, where labels are kept, is decided."""
        assert mailbox(item("a"))[0].cannot_say["tagged"] == "no message says which labels it bears"
        box, _ = mailbox(item("a", labels=()))
        assert exposures(box)["tagged"] == Exposure("tagged")

    def test_what_answers_a_message_that_is_not_here_is_undecided(self) -> None:
        """So is all of its thread, for the rules that ask about it; what answers one that is here is decided."""
        box, _ = mailbox(
            item("a", time=1.0, answers=("gone",)),
            item("b", time=2.0, answers=("a", "gone")),
            item("c", time=3.0),
            item("d", time=4.0, answers=("c",)),
        )
        assert {rule: box.undecided[rule] for rule in ("via-app", "addressed", "linked", "tagged", "everything")} == (
            dict.fromkeys(("via-app", "addressed", "linked", "tagged", "everything"), frozenset())
        )
        assert box.undecided["reply"] == {"m1"}
        for rule in ("rooted", "threaded", "counterpart"):
            assert (rule, set(box.undecided[rule])) == (rule, {"m1", "m2"})

    def test_what_is_sure_already_is_not_undecided(self) -> None:
        """What is not here cannot take the app out of a thread; but the thread may have begun without it."""
        box, _ = mailbox(
            item("a", ROBOT, time=1.0, answers=("gone",)),
            item("b", time=2.0, answers=("a", "gone")),
            item("c", time=3.0),
        )
        found = exposures(box)
        for rule in ("reply", "threaded", "counterpart"):
            assert (rule, found[rule].shown, found[rule].perhaps) == (rule, ("m1", "m2"), ())
        assert (found["rooted"].shown, found["rooted"].perhaps) == ((), ("m1", "m2"))


class TestGrant:
    """When the owner granted the app."""

    @pytest.mark.parametrize(("granted_on", "older"), [(None, 3), (-1.0, 0), (0.0, 0), (1.5, 2), (2.0, 2), (9.0, 3)])
    def test_messages_from_before_the_grant_are_counted(self, granted_on: float | None, older: int) -> None:
        """One of the very moment is not older; without a date the grant comes after all of them."""
        box, _ = mailbox(*(item(str(time), time=time) for time in (0.0, 1.0, 2.0)), signs=Signs(granted_on=granted_on))
        assert exposures(box)["everything"].older == older
        assert box.granted_on == granted_on
        assert len(exposures(box)["everything"].shown) == 3


NAMES = ("a", "b", "c", "d")


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Any message, with few names, so that they meet."""
    author = draw(st.sampled_from((ANA, BEN, CY, ROBOT, "")))
    client = draw(st.sampled_from(("", "Mail", "StreamCo 2")))
    people = st.lists(st.sampled_from((ANA, BEN, CY, ROBOT)), max_size=2, unique=True).map(tuple)
    answers = st.lists(st.sampled_from((*NAMES, "gone", "")), max_size=2, unique=True).map(tuple)
    return item(
        draw(st.none() | st.sampled_from(NAMES)),
        author,
        client=client,
        recipients=draw(people),
        mentions=draw(people),
        time=draw(st.none() | st.integers(-2, 5).map(float)),
        text=draw(st.sampled_from(("", "A film", "Else"))),
        answers=draw(answers | answers | st.none()),
        links=draw(st.sampled_from(((), ("streamco.example",), ("other.example",)))),
        labels=draw(st.sampled_from((None, (), ("StreamCo",)))),
        own=draw(st.booleans()),
    )


@st.composite
def mailboxes(draw: st.DrawFn) -> Mailbox:
    """Any small mailbox, with some of the app's signs."""
    signs = Signs(
        senders=draw(st.sampled_from((SIGNS.senders, SIGNS.senders, ()))),
        domains=draw(st.sampled_from((SIGNS.domains, ()))),
        labels=draw(st.sampled_from((SIGNS.labels, ()))),
        keywords=draw(st.sampled_from((("film",), ()))),
        granted_on=draw(st.none() | st.integers(-3, 6).map(float)),
    )
    return mailbox(*draw(st.lists(items(), min_size=1, max_size=7)), signs=signs)[0]


def directly(box: Mailbox, rule: str) -> Exposure:
    """What a rule could have shown, from its meaning: no door, no policy, no call."""
    if rule in box.cannot_say:
        return Exposure(rule, box.cannot_say[rule])
    belongs, undecided = box.rules[rule].holds, box.undecided[rule]
    held = {name: message for name, message in box.state.messages.items() if belongs(message, APP, ANA, box.state)}
    shown = [name for name in held if name not in undecided]
    authors = {held[name].author for name in shown}
    times = [time for name in shown if (time := box.items[name].time) is not None]
    granted = float("inf") if box.granted_on is None else box.granted_on
    return Exposure(
        rule,
        shown=tuple(shown),
        perhaps=tuple(name for name in box.items if name in undecided),
        bodies=sum(box.items[name].text != "" for name in shown),
        others=len(authors - {ANA, "", *([] if "via-app" in box.cannot_say else [ROBOT])}),
        older=sum(box.items[name].time is not None and held[name].time < granted for name in shown),
        oldest=min(times, default=None),
    )


@given(mailboxes())
def test_what_is_counted_is_what_the_readings_mean(box: Mailbox) -> None:
    """The door, asked for every message, shows just those of which the reading holds; all are in the mailbox."""
    assert list(box.state.mailbox(ANA)) == list(box.items) == list(box.state.messages)
    assert expose(box) == [directly(box, rule) for rule in box.rules]


def sure(found: Iterable[Exposure]) -> dict[str, frozenset[str]]:
    """What each rule surely shows, of the rules that are decided."""
    return {each.rule: frozenset(each.shown) for each in found if each.cannot_say is None}


CHAIN = ("authored", "via-app", "reply", "threaded", "everything")


@given(mailboxes())
def test_a_wider_rule_shows_all_that_a_narrower_one_shows(box: Mailbox) -> None:
    """Among the messages that both decide."""
    shown = sure(expose(box))
    for narrow, wide in (*pairwise(CHAIN), ("rooted", "threaded"), ("threaded", "everything")):
        if narrow in shown and wide in shown:
            assert shown[narrow] - box.undecided[wide] <= shown[wide], (narrow, wide)


@st.composite
def torn(draw: st.DrawFn) -> tuple[list[Item], list[Item]]:
    """Threads in which each message names all before it, whole, and what is left where some have gone.

    What goes is named by something that stays: of another nothing could tell that it ever was.
    """
    whole: list[Item] = []
    for number in range(draw(st.integers(2, 7))):
        parent = draw(st.none() | st.sampled_from(whole)) if whole else None
        answers = () if parent is None else (str(parent.name), *(parent.answers or ()))
        author = draw(st.sampled_from((ROBOT, BEN, CY)))
        whole.append(item(str(number), author, time=float(number), answers=answers))
    gone = draw(st.sets(st.sampled_from([str(each.name) for each in whole])))
    left = [each for each in whole if each.name not in gone]
    named = {name for each in left for name in each.answers or ()}
    return whole, [each for each in whole if each in left or each.name not in named]


@given(torn())
def test_what_is_decided_stays_so_when_the_rest_of_the_mail_is_found(boxes: tuple[list[Item], list[Item]]) -> None:
    """A message that is not here changes only the answers for messages that were undecided."""
    whole, left = (mailbox(*each)[0] for each in boxes)
    for rule in ("via-app", "reply", "rooted", "threaded"):
        truth = {whole.items[name].name for name in exposures(whole)[rule].shown}
        for name, each in left.items.items():
            if name not in left.undecided[rule]:
                assert (name in exposures(left)[rule].shown) == (each.name in truth), (rule, each.name)
