# %% [markdown]
"""# 01  The Inbox API: one day, one app, two claims, three rules.

**Question.** One side says that the app could read all private messages; the other, that it was limited to its own
content. Under which rule does which sentence hold?

**Covers.** A day of mail on a clock; what an app *could* see and what it *did* see; both claims under three rules.

**Predict.** Of the rules *everything*, *threaded* and *authored*: under how many is exactly one of the two sentences
true?

**Expect.** Under two. Under *threaded*, when its own content means a reply, neither is true: the two sentences are not
each other's negation.
"""

# %%
from permiscope.claims import assess, content_scoped, read_all
from permiscope.judge.exposure import lives
from permiscope.judge.invariants import i5, i9
from permiscope.model.extents import READINGS
from permiscope.model.streams import DAY
from permiscope.questions.policies.reachability import answer, could_see
from permiscope.report.figures import matrix, staircase
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.day import APP, CONVERSATION, GRANT, REQUESTS, curious, day

RULES = ("everything", "threaded", "authored")
MEANING = READINGS["reply"]
sheet = Sheet("01_inbox_api")
sheet.say("ONE DAY, ONE APP, TWO CLAIMS, THREE RULES")
sheet.say(f'"The app\'s content" means, where nothing else is said: {MEANING.phrase}.')

# %% [markdown]
# ## What it could see, and what it did
# Ana, Ben and Cy write to each other. Ana grants StreamCo at eight; the app then reads, every hour, whatever the rule
# allows. The mail is the same in every run.

# %%
traces = {rule: day(BUILT_IN[rule], curious()) for rule in RULES}
private = {rule: [life for life in lives(traces[rule].records, APP, MEANING) if life.private] for rule in RULES}
exist = [life.arrived for life in private["everything"]]
seen = {rule: [life.known for life in private[rule] if life.known is not None] for rule in RULES}
could = {rule: could_see(BUILT_IN[rule], trace, MEANING) for rule, trace in traces.items()}
counts = [(rule, str(len(exist)), str(len(could[rule])), str(len(seen[rule]))) for rule in RULES]
sheet.show(table(["RULE", "PRIVATE MESSAGES", "COULD READ", "DID READ"], counts))
for rule, trace in traces.items():
    sheet.keep(f"day_{rule}", trace)
sheet.draw("exposure", staircase("How much private mail has the app read?", exist, seen, GRANT, DAY))

# %% [markdown]
# ## Both claims, searched
# A day is one day. The search runs every history of at most four steps, and knows the shortest that breaks a sentence.

# %%
claims = [read_all()[1], content_scoped(MEANING), content_scoped(READINGS["threaded"])]
*_, cells = assess([BUILT_IN[rule] for rule in RULES], claims, 4, published=True)
found = {(cell.policy, cell.formula): cell.verdict.words for cell in cells}
verdicts = [(rule, *(found[rule, claim.formula] for claim in claims)) for rule in RULES]
sheet.say("Every history of at most 4 steps, and the two sentences:")
sheet.show(table(["RULE", "READ ALL", "ONLY ITS OWN (reply)", "ONLY ITS OWN (threaded)"], verdicts))
sheet.say(f"READ ALL: {claims[0].sentence} Our model of what was said by {claims[0].attribution}.")
sheet.say(f"ONLY ITS OWN: {claims[1].sentence} Our model of {claims[1].attribution}.")
sheet.say("The quantifiers and the meaning are ours; neither is what any system did.")

# %% [markdown]
# ## Rule × request
# What does each rule answer to six requests? A leak is what is met although it lies outside.

# %%
limits = [i5(MEANING), i9()]
answers = {
    (rule, request): answer(BUILT_IN[rule], CONVERSATION, call, limits)
    for rule in RULES
    for request, call in REQUESTS.items()
}
sheet.say("Rule × request; a LEAK is met although it lies outside:")
told = [(request.replace("\n", " "), *(answers[rule, request] for rule in RULES)) for request in REQUESTS]
sheet.show(table(["REQUEST", *RULES], told))
sheet.draw(
    "matrix",
    matrix("What does each rule answer? A leak lies outside the app's content", RULES, list(REQUESTS), answers),
)

# %%
sheet.end()
