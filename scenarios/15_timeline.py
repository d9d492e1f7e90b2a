# %% [markdown]
"""# 15  Grants, features and statements: what is dated, by whom, and how well is it known?

**Question.** When did the access begin, when did the feature end, and when did the grant? Who says so?

**Covers.** 2009 to 2024 with a mark at each date; three ends of one grant; money in a figure of its own.

**Predict.** For how many years did a grant outlive its feature, by the source that has it end last?

**Expect.** Up to two: one party has the feature end in 2015, and one source has the access still listed in 2017.
"""

# %%
from sim.report.figures import Spell, Sum, money, timeline
from sim.report.sheet import Sheet
from sim.report.text import table

GRANT, FEATURE, STATEMENT = "grants and access", "features", "statements and suits"
BLOG = "developers.facebook.com/blog 2009-08-11; its end: S, Wired via palada.net 2018-04-10"
LETTER = "the plaintiffs' letter, quoted by notthebee.com, zerohedge.com 2024-04-02"
TIMES = (
    "begin, and active in 2017: the New York Times, quoted by businessinsider.com 2018-12; the earlier end: A, "
    "Facebook, quoted by threatpost.com/140183"
)
PARTIES = "quoted by thewrap.com, threatpost.com/140183, tomsguide.com, Globe and Mail, 2018-12-18 and 19"
# What, with its kind, mark and years (no end: no source says; a third year: the latest end), and where that is from.
ROWS = (
    (Spell("public Inbox API, read_mailbox", GRANT, "V", 2009.61, 2015.79), BLOG),
    (Spell("partner deals", GRANT, "S", 2010.0, 2016.0, 2017.99), TIMES),
    (Spell("Inbox API agreement, plaintiffs", GRANT, "A", 2013.0, None), f"{LETTER}: by 2013"),
    (Spell("Titan API, plaintiffs", GRANT, "A", 2013.62, None), f"{LETTER}: August 2013"),
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
sheet.say(
    "V: seen in a primary text; S: in a secondary source only; A: seen quoted only. As of 2026-11-24. To report a "
    "correction, open an issue with the source."
)

# %% [markdown]
# ## What is dated


# %%
def years(spell: Spell) -> str:
    """From when to when, by whole years."""
    if spell.end is None:
        return f"{int(spell.start)} to ?"
    end = f"{int(spell.end)} or {int(spell.latest)}" if spell.latest else f"{int(spell.end)}"
    return end if end == f"{int(spell.start)}" else f"{int(spell.start)} to {end}"


sheet.show(table(["WHAT", "", "YEARS", "FROM"], [(each.name, each.mark, years(each), source) for each, source in ROWS]))
sheet.draw("timeline", timeline("Who dates what, and how well is it known?", [spell for spell, _ in ROWS], 2009, 2025))

# %% [markdown]
# ## Three ends of one grant
# A grant that is over and one that nobody uses look alike from outside. Which end is right decides for how long it
# could be used.

# %%
ENDS = (
    ("Netflix: the feature was shut down", "A", 2015.0, "quoted by tomsguide.com news-28888"),
    ("Facebook: shut down for nearly three years", "A", 2016.0, "quoted by threatpost.com/140183, 2018-12-19"),
    ("New York Times: still listed", "S", 2017.0, "quoted by businessinsider.com 2018-12"),
)
first = min(end for _, _, end, _ in ENDS)
rows = [(who, mark, f"{end:.0f}", f"{end - first:.0f}", source) for who, mark, end, source in ENDS]
sheet.show(table(["WHO", "", "END", "YEARS LATER", "FROM"], rows))

# %% [markdown]
# ## Money, apart from that
# What was spent on advertising, by source: they differ in the year and in the amount. A date beside a date is no cause.

# %%
SUMS = (
    Sum("IndieWire: about 40 a year before August 2017 [S]", 2015.0, 2017.6, 40, 40),
    Sum("leakrelease, rojtools: 150 in 2017 [S]", 2017.0, 2018.0, 150, 150),
    Sum("IndieWire: 150 after the cut of 2018 [S]", 2018.4, 2019.4, 150, 150),
    Sum("mxmnews: about 150 a year by early 2019 [S]", 2018.6, 2019.2, 150, 150),
    Sum("NextTV: 150 to 200 in 2019 [S]", 2019.0, 2020.0, 150, 200),
    Sum("IndieWire: about 200 two years on [S]", 2020.0, 2020.9, 200, 200),
)
sheet.say(
    "Also: in May 2018 the budget of Watch was cut by 750 million dollars [A: speedguide.net 2024-03-29, summarising "
    "Gizmodo and Ars]. Which part of a year a source means is how we read it [I]. A date beside a date is no cause."
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
