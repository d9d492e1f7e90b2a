"""What is there to see in a figure, and what is not? A caption for each kind, for whoever sees it alone."""

from attrs import frozen

from permiscope.report.text import LIMITS


@frozen
class Caption:
    """What to notice in a figure, and what it does not show."""

    notice: str
    silent: str


CAPTIONS = {
    "exposure": Caption(
        "Each line climbs when the app is first shown another private message; the dotted line is all private mail "
        "that exists. A line that stays flat may be a rule that refuses or an app that does not ask: the day tells "
        "which, the figure does not.",
        "Whether anybody read what the app has, and what other apps or the service itself can see.",
    ),
    "knowledge": Caption(
        "A row is a message, in the order of arrival. From the hollow mark it exists; along the thick bar the app has "
        "it. A bar does not end where the grant does: what was read stays read.",
        "Whether the app still holds a copy after the day, and what it did with it.",
    ),
    "matrix": Caption(
        "A cell says what comes of a request under a rule: met, refused, or met although it lies outside (LEAK). Read "
        "it by columns to see what a rule changes, by rows to see what a rule is.",
        "How often anybody asks such a thing, and whether a request that was not tried would fare alike.",
    ),
    "claimants": Caption(
        "A row is a model of what one party said, with the mark of how well its words are known (S: in a secondary "
        "source only, A: quoted only). Where a cell says outside, the request is met under that model, and the message "
        "is none that was sent via the app or answers one.",
        "Which of the parties is right, and what any of them did.",
    ),
    "timeline": Caption(
        "A row is a grant, a feature or a statement, from the year in which a source says that it began; full, hatched "
        "or hollow by how well that is known. A dotted end leads from the end by one source to where another has it "
        "still: a grant may outlive its feature.",
        "What was done under any grant, and whether two rows of one date have to do with each other.",
    ),
    "money": Caption(
        "Each rectangle is what one source says of some years; where they lie apart the sources differ, in the amount "
        "or in the year. It is a figure of its own, for a date beside a date is no cause.",
        "Why anything was spent, and whether it has to do with anybody's access to messages.",
    ),
    "told": Caption(
        "A line climbs far above the dotted one, which has as many people told of as grant: each grant tells of "
        "everybody whom the granter knows. Those who are told of were asked nothing.",
        "What the partner was told in fact, who knows whom in any real place, and how unevenly friends are spread.",
    ),
    "outlived": Caption(
        "The lines are one until the feature ends: a feature that is over and a grant that is not look the same to "
        "the app. From there each climbs until one of the dates for its end; the last one is of a source that has it "
        "listed still. It is an app that reads all it may; one that stops with its feature would stay flat under "
        "each of them.",
        "That anything was read after the feature, or at all, and how much mail anybody had.",
    ),
    "noticed": Caption(
        "Each line climbs with the people in the experiment, later where the effect is smaller. The lowest line has no "
        "effect at all: it stays below the share of false alarms that the experiment allows itself.",
        "That any ad depended on any message; one that was chosen by other means than one word would be noticed less.",
    ),
    "incidents": Caption(
        "A row is an incident that was reported, a column a check. Yes: it breaks under a model of the incident, and "
        "an ordinary day under the same grant tests it and does not break it. Always: it breaks on both, so it is no "
        "help. Where a row has no yes, our model makes the same calls on both days, so that none was possible.",
        "What happened: the rows are models of reports, with a few steps each, and not what anybody's records say.",
    ),
    "apart": Caption(
        "The more a pair of claims differs on days of some kind, the higher its line. Where it is low, a clean record "
        "settles little. The band is the exact 95 % interval for each estimate by itself.",
        "How private anybody's mail is: the days come from one generator, which is no model of real traffic.",
    ),
    "rules": Caption(
        "Each line climbs with the days at first and then stays: ten times as many days do not lift it, a stronger "
        "rule does. The axis of days is logarithmic.",
        "How common such faults are: the faulty systems are those of the catalogue, each with one fault, and the days "
        "are aimed at them.",
    ),
}
"""By the figure's name."""


def caption(name: str, title: str) -> str:
    """The caption of a figure as Markdown."""
    said = CAPTIONS[name]
    return f"# {title}\n\n**Notice.** {said.notice}\n\n**What it does not show.** {said.silent}\n\n{LIMITS}\n"
