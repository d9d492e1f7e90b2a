# %% [markdown]
"""# 15  Grants, features and statements: what is dated, by whom, and how well is it known?

**Question.** When did the access begin, when did the feature end, and when did the grant? Who says so?

**Covers.** 2009 to 2024 with a mark at each date; sources that differ, as ranges; money in a figure of its own.

**Predict.** Of how many of the grants and features is the end in a primary text?

**Expect.** Of none. Of three grants no source says when they ended.
"""

# %%
from permiscope.report.figures import Spell, Sum, money, timeline
from permiscope.report.sheet import Sheet
from permiscope.report.text import table

GRANT, FEATURE, STATEMENT = "grants and access", "features", "statements and suits"
BLOG = "developers.facebook.com/blog 2009-08-11; its end: S, Wired via palada.net 2018-04-10"
LETTER = "the plaintiffs, in a letter of 2023, quoted by notthebee.com, zerohedge.com 2024-04-02"
TIMES = "the New York Times, quoted by businessinsider.com 2018-12: the oldest of 2010, all active in 2017"
FOUR = (
    "from 2013, of RBC: Facebook to The Tyee, thetyee.ca 2019-02-08; shut down nearly three years before 2018-12: "
    "Facebook, quoted by threatpost.com/140183; listed in 2017: S, the New York Times, quoted by businessinsider.com"
)
PARTIES = "quoted by thewrap.com, threatpost.com/140183, tomsguide.com, Globe and Mail, 2018-12-18 and 19"
# What, with its kind, mark and years (a third year: where another source has it still), and where that is from.
ROWS = (
    (Spell("public Inbox API, read_mailbox", GRANT, "V", 2009.61, 2015.79), BLOG),
    (Spell("partner deals, New York Times", GRANT, "S", 2010.0, 2017.5, is_open=True), TIMES),
    (Spell("access of four partners, Facebook", GRANT, "A", 2013.0, 2016.0, 2017.5), FOUR),
    (Spell("Inbox API agreement (by 2013)", GRANT, "A", 2013.0, 2013.0, is_open=True), LETTER),
    (Spell("Titan API (August 2013)", GRANT, "A", 2013.62, 2013.62, is_open=True), LETTER),
    (
        Spell("RBC, money by message", FEATURE, "S", 2013.0, 2015.99),
        "iphoneincanada.ca; internationalfreepress.com 2019-01-30",
    ),
    (
        Spell("Netflix, recommendations", FEATURE, "S", 2014.67, 2015.5),
        "csmonitor.com 2014-09-02; its end, in 2015: A, Netflix, quoted by tomsguide.com",
    ),
    (Spell("New York Times reports", STATEMENT, "S", 2018.96, 2018.96), "quoted by salon.com 2018-12-19"),
    (Spell("Facebook, Netflix, Spotify, RBC", STATEMENT, "A", 2018.96, 2018.97), PARTIES),
    (Spell("Facebook to The Tyee", STATEMENT, "A", 2019.1, 2019.1), "thetyee.ca 2019-02-08"),
    (Spell("Klein v. Facebook filed", STATEMENT, "V", 2020.92, 2020.92), "docs.justia.com, docket header, 2020-12-03"),
    (
        Spell("plaintiffs' letters", STATEMENT, "S", 2023.28, 2023.45),
        "Ars via jasonsblog; theregister.com; 2023-04-14 and 2023-06-14",
    ),
    (Spell("letters unsealed", STATEMENT, "S", 2024.22, 2024.22), "zerohedge.com; republicanpress.org; 2024-03-23"),
    (Spell("Meta, by Andy Stone", STATEMENT, "A", 2024.25, 2024.25), "TechCrunch's text at yunba.cc, 2024-04-02"),
    (Spell("a second suit", STATEMENT, "A", 2024.88, 2024.88), "trendingfeeds.info; robinspost.com; 2024-11-18"),
)
sheet = Sheet("15_timeline")
sheet.say("GRANTS, FEATURES, STATEMENTS")
sheet.dated("2026-11-24")

# %% [markdown]
# ## What is dated


# %%
def years(spell: Spell) -> str:
    """From when to when, by whole years; with a plus, at least until then."""
    start, end = int(spell.start), int(spell.end)
    if spell.is_open:
        return f"{start} to {end}+" if end > start else f"{start} to ?"
    if spell.latest:
        return f"{start} to {end} or {int(spell.latest)}+"
    return f"{start} to {end}" if end > start else f"{start}"


sheet.show(table(["WHAT", "", "YEARS", "FROM"], [(each.name, each.mark, years(each), source) for each, source in ROWS]))
sheet.draw("timeline", timeline("Who dates what, and how well is it known?", [spell for spell, _ in ROWS], 2009, 2026))

# %% [markdown]
# ## Money, apart from that
# What was spent on advertising, by source: they differ in the year and in the amount. A date beside a date is no cause.

# %%
SUMS = (
    Sum("IndieWire: about 40 a year before August 2017 [S]", 2016.6, 2017.6, 40, 40),
    Sum("leakrelease, rojtools: 150 in 2017 [S]", 2017.0, 2018.0, 150, 150),
    Sum("IndieWire: 150 after the cut of 2018 [S]", 2018.4, 2019.4, 150, 150),
    Sum("mxmnews: about 150 a year by early 2019 [S]", 2018.6, 2019.2, 150, 150),
    Sum("NextTV: 150 to 200 in 2019 [S]", 2019.0, 2020.0, 150, 200),
    Sum("IndieWire: about 200 two years on [S]", 2020.0, 2020.9, 200, 200),
)
sheet.say(
    "What was spent on advertising, in millions of US dollars a year; that it is the partner's, with the platform, "
    "is how we read the sources [I], and so is which part of a year they mean: of what was before August 2017, the "
    "year before is drawn. Also: in May 2018 Zuckerberg told Fidji Simo that the budget of Watch, the platform's "
    "video service, is cut by 750 million dollars [A: speedguide.net 2024-03-29, summarising Gizmodo and Ars]. A "
    "date beside a date is no cause."
)
sheet.show(
    table(
        ["BY", "YEARS", "MILLIONS"],
        [(each.source, f"{each.start:.1f} - {each.end:.1f}", f"{each.low:g} - {each.high:g}") for each in SUMS],
    )
)
sheet.draw("money", money("Advertising, by source: a date beside a date is no cause", SUMS))

# %%
sheet.end()
