"""`permiscope init`: how does one start? With a file that runs as it is, to be changed into one's own."""

from pathlib import Path
from typing import Annotated

import typer

from permiscope.model.errors import InputError
from permiscope.report.files import write_text

PYTEST = '''\
"""Is the app shown its own content and nothing else? Run with: pytest test_policy.py"""

from permiscope.testing import MailboxMachine


def policy(request):
    """The app may see what was sent via it, and what answers that. Put your own rule here."""
    if request.grant is None or request.action not in request.grant.scope.actions:
        return False
    if request.action == "send":
        return True
    message, messages = request.message, request.facts.messages
    return message.via == request.app or (
        message.in_reply_to is not None and messages[message.in_reply_to].via == request.app
    )


def test_the_app_is_shown_its_own_content_and_nothing_else(permiscope):
    """A failure tells the shortest history that was found, and names the file that `permiscope run` replays."""
    # Seconds; each step more takes about ten times as long. Without a bound there are 5.
    permiscope.check(policy, reading="reply", max_steps=4)


class Mailboxes(MailboxMachine):
    """The same, for Hypothesis to play with a step at a time; add rules of your own."""

    policy = policy
    reading = "reply"


TestMailboxes = Mailboxes.TestCase
'''

CEDAR = """\
// The app may see what was sent via it, and what answers that. Put your own rules here.
// Try it with: permiscope test policy.cedar --reading reply

@id("not granted")
forbid (principal, action, resource)
unless { context.granted_actions.contains(action) && context.granted_extent };

@id("sending")
permit (principal, action == Action::"send", resource);

@id("via the app")
permit (principal, action, resource)
when { resource has via && resource.via == principal };

@id("an answer")
permit (principal, action, resource)
when { resource has answers_via && resource.answers_via == principal };
"""


def init(
    pytest: Annotated[
        bool, typer.Option("--pytest", help="A policy in Python, with its tests: test_policy.py.")
    ] = False,
    cedar: Annotated[bool, typer.Option("--cedar", help="A policy in Cedar: policy.cedar.")] = False,
) -> None:
    """Write a starting file into this folder: a policy to be changed into your own.

    Example: permiscope init --pytest
    """
    starts = []
    if pytest:
        starts.append((Path("test_policy.py"), PYTEST, "pytest test_policy.py"))
    if cedar:
        starts.append((Path("policy.cedar"), CEDAR, "permiscope test policy.cedar --reading reply"))
    if not starts:
        raise InputError("`permiscope init` needs to know what to start with; say `--pytest` or `--cedar`")
    for path, _, _ in starts:
        if path.exists() or path.is_symlink():
            raise InputError(f"`{path}` is there already and is left as it is; move it away, or start elsewhere")
    for path, text, command in starts:
        write_text(path, text)
        print(f"{path} is yours to change. It runs as it is:  {command}")
