# %% [markdown]
"""# 11  The Inbox API, claimant by claimant: one day under each party's own words.

**Question.** Plaintiffs, a newspaper, the platform, two partners and an aggregator describe one arrangement. If each of
them were right, what could a partner have read?

**Covers.** A model for each claimant and date, with its mark; what could be read and what was, by an honest and by a
curious app; which words leave "its own content" open.

**Predict.** Of the seven models of a partner's access, in how many could private mail be read? In how many was it, by
an app that only does what the feature needs?

**Expect.** In four it could. Under an honest app in none of them it was: what was read does not tell the models apart.
"""

# %%
from permiscope.claims import Cell, assess, content_scoped, keeps
from permiscope.judge.exposure import lives
from permiscope.judge.invariants import i5, i9
from permiscope.model.extents import READINGS
from permiscope.model.records import Called
from permiscope.questions.policies.reachability import answer, could_see
from permiscope.report.figures import ANSWERS, LEAK, matrix
from permiscope.report.platforms import scopes_opened
from permiscope.report.sheet import Sheet
from permiscope.report.text import table, wrap
from permiscope.service.platforms.scopes import load_scopes
from permiscope.world.day import APP, CONVERSATION, REQUESTS, curious, day, honest

CLAIMANTS = {
    "plaintiffs, 2023": "facebook/as-alleged-2023",
    "New York Times, 2018": "facebook/as-reported-2018",
    "Facebook, 2018": "facebook/as-stated-2018",
    "Facebook of RBC, 2019": "facebook/of-rbc-as-stated-2019",
    "Netflix, 2018": "facebook/as-stated-by-netflix-2018",
    "RBC, 2018": "facebook/as-stated-by-rbc-2018",
    "an aggregator, 2024": "facebook/as-paraphrased-2024",
}
MEANING = READINGS["reply"]
rules = {claimant: load_scopes(name) for claimant, name in CLAIMANTS.items()}
sheet = Sheet("11_by_claimant")
sheet.say("ONE ARRANGEMENT, SEVEN DESCRIPTIONS")
sheet.say(f"Each is a model of what somebody said. The app's content, where it is asked for: {MEANING.sentence}")
sheet.dated("2026-11-24")

# %% [markdown]
# ## Who said what
# None of these texts was seen itself.

# %%
for claimant, rule in rules.items():
    vendor = rule.vendor
    lines = [f"{claimant}  ({vendor.name})", wrap(f"  Opens: {scopes_opened(rule)}.", "  ")]
    facts = (*vendor.facts, *(fact for scope in vendor.scopes.values() for fact in scope.facts))
    lines += [wrap(f"  {fact.text} [{fact.mark}]", "  ") for fact in facts]
    lines += [
        wrap(f"  From [{source.mark}] {source.title}: {source.ref}", "    ") for source in vendor.sources.values()
    ]
    sheet.show("\n".join(lines))

# %% [markdown]
# ## One day under each
# Ana, Ben and Cy write to each other; Ana lets StreamCo in at eight. The mail is the same in every run. One app is
# curious and reads every hour whatever it may; the other sends recommendations, and reads the answers back.

# %%
counts = []
for claimant, rule in rules.items():
    traces = {"curious": day(rule, curious()), "honest": day(rule, honest())}
    mail = {app: lives(trace.records, APP, MEANING) for app, trace in traces.items()}
    private = {app: [life for life in those if life.private] for app, those in mail.items()}
    seen = {app: sum(life.known is not None for life in those) for app, those in private.items()}
    could = len(could_see(rule, traces["curious"], MEANING))
    refused = sum(isinstance(each, Called) and each.outcome == "refused" for each in traces["honest"].records)
    read = (len(private["curious"]), could, seen["curious"], seen["honest"], refused)
    counts.append((claimant, *map(str, read)))
sheet.show(table(["UNDER THE WORDS OF", "PRIVATE", "COULD READ", "CURIOUS DID", "HONEST DID", "REFUSED IT"], counts))
sheet.say(
    "So that nothing private was read fits every one of them: what was done cannot settle what could be done. One "
    "party may mean the one, another the other. What an honest app is refused does tell some apart, if a record has "
    "it: its sends, where none is open, and its lists, where nothing may be read."
)

# %% [markdown]
# ## Is all of it "its own content"?
# Every history of at most four steps under each model.

# %%
claims = [content_scoped(MEANING), keeps("I9")]
*_, cells = assess(list(rules.values()), claims, 4)
found = {(cell.policy, cell.formula): cell for cell in cells}


def said(cell: Cell) -> str:
    """The verdict on a model, in words for a table in which companies are named."""
    if not cell.verdict.fired:
        return "does not at all"
    return f"yes, in {cell.verdict.steps} steps" if cell.verdict.witness else "not in 4 steps"


verdicts = [(claimant, *(said(found[rule.name, each.formula]) for each in claims)) for claimant, rule in rules.items()]
sheet.show(table(["UNDER THE MODEL OF", "READS MORE THAN REPLIES?", "DELETES MORE THAN ITS OWN?"], verdicts))
sheet.say(f"That it reads no more is our model of {claims[0].attribution}; that it deletes no more is ours.")

# %% [markdown]
# ## Six requests

# %%
limits = [i5(MEANING), i9()]
answers = {
    (claimant, request): answer(rule, CONVERSATION, call, limits)
    for claimant, rule in rules.items()
    for request, call in REQUESTS.items()
}
rows = {
    claimant: f"{claimant} [{rule.vendor.mark(rule.vendor.scopes[rule.scopes[0]])}]" for claimant, rule in rules.items()
}
named = {
    (rows[claimant], request): "outside" if each == "LEAK" else each for (claimant, request), each in answers.items()
}
title = "Under a model of each party's words, what would be answered?"
sheet.draw("claimants", matrix(title, list(rows.values()), list(REQUESTS), named, {**ANSWERS, "outside": LEAK}))

# %%
sheet.end()
