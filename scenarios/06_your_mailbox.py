# %% [markdown]
"""# 06  Your mailbox: what could each rule have shown?

**Question.** The rules were tested on invented days. What would they show of a real mailbox, of yours?

**Covers.** Reading a mailbox file; by which signs the app is recognised in it; readings that a mailbox cannot decide.

**Predict.** The file holds the day of scenario 01, as Ana's mail program would keep it. Will the audit count the same
messages as the simulator, for every reading?

**Expect.** Yes, where the file says enough. It keeps no labels and knows no link, so of two readings it cannot say.

For your own mail: `permiscope audit mail.mbox Sent.mbox --owner you@example.org --app-sender '*@app.example'`.
"""

# %%
from email.message import EmailMessage
from email.utils import formatdate
from mailbox import mbox
from pathlib import Path
from tempfile import TemporaryDirectory

from permiscope.model.extents import READINGS
from permiscope.model.progress import no_tick
from permiscope.report.audit import audit_text, expose
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.door.showing import ask_for_all
from permiscope.service.policies.policy import BUILT_IN
from permiscope.sources.items import Problems
from permiscope.sources.mail import read_mail
from permiscope.sources.mailbox import Signs, assemble
from permiscope.world.day import APP, curious, day

MIDNIGHT = 1_356_998_400.0  # the first of January 2013, UTC
sheet = Sheet("06_your_mailbox")
sheet.say("A MAILBOX FILE, AND WHAT EACH RULE COULD HAVE SHOWN OF IT")

# %% [markdown]
# ## A day of mail, as a file

# %%
state = day(BUILT_IN["everything"], curious()).final_state()


def write_mailbox(path: Path) -> None:
    """Ana's mail as an mbox file: who sent it, when, with which program, and what it answers."""
    box = mbox(path)
    for name in state.mailbox("Ana"):
        message = state.messages[name]
        mail = EmailMessage()
        mail["Message-ID"] = f"<{name}@example.org>"
        mail["From"] = f"{message.author.lower()}@example.org"
        mail["To"] = ", ".join(f"{person.lower()}@example.org" for person in message.recipients)
        mail["Date"] = formatdate(MIDNIGHT + message.time)
        mail["User-Agent"] = message.via or "Mail"
        first = state.threads[message.thread].messages[0]
        if message.in_reply_to or first != name:
            mail["References"] = f"<{first}@example.org>"
        if message.in_reply_to:
            mail["In-Reply-To"] = f"<{message.in_reply_to}@example.org>"
        mail.set_content(message.body)
        box.add(mail)
    box.close()


# %% [markdown]
# ## Read it again, and ask
# StreamCo is recognised by the name of the mail program.

# %%
problems = Problems()
with TemporaryDirectory() as folder:
    path = Path(folder) / "ana.mbox"
    write_mailbox(path)
    items = list(read_mail(path, problems, no_tick))
mailbox = assemble(items, "ana@example.org", Signs(senders=(APP,)), problems)
exposures = expose(mailbox)
sheet.show(audit_text(mailbox, exposures, problems))

# %% [markdown]
# ## Does it count what the simulator counts?

# %%
simulated = {rule: ask_for_all(BUILT_IN[rule], state, APP, "Ana") for rule in READINGS}
counted = {rule: sum(bool(call.shown) for call in calls) for rule, calls in simulated.items()}
rows = [
    (each.rule, str(counted[each.rule]), "cannot say" if each.cannot_say else str(len(each.shown)))
    for each in exposures
]
sheet.show(table(["RULE", "IN THE SIMULATOR", "IN THE FILE"], rows))
sheet.end()
