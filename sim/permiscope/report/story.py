"""How is a history told? A line a step, who does what; and why the last one is a break."""

from typing import assert_never

from permiscope.model import steps
from permiscope.model.access import ACTION_OF, Decision, Request
from permiscope.model.extents import Extent
from permiscope.model.mail import Message
from permiscope.model.records import Called, Handed, Record, Wrote
from permiscope.model.state import State
from permiscope.model.steps import Call, Step, actor
from permiscope.model.trace import Header, Trace
from permiscope.report.text import printable, wrap
from permiscope.service.policies.explain import explain
from permiscope.service.policies.policy import Policy, said_by

TEXT = 36
"""So much of a message's text is told."""


def story(trace: Trace, policy: Policy, reading: Extent | None = None) -> str:
    """Tell a trace under a policy, step by step.

    With a reading, the last call is explained: why the rule let it, and why what it showed lies outside.
    """
    lines = []
    width = max(len(name) for name in (*trace.header.people, *trace.header.apps))
    margin = " " * (width + 6)
    number = 0
    last: Record | None = None
    for step, record in trace.events():
        if step is not None:
            number += 1
            told = _deed(step, record, trace.header, policy)
            lines.append(wrap(f"{number:>3} {_who(step, record):<{width}}  {told}", margin))
            last = record
        elif isinstance(record, Called) and record.operation == "push":
            lines.append(f"{margin}{record.app}{_outcome(record)}")
        else:
            continue  # a filter of the service, or what the end of the trace cut off
        if isinstance(record, Called) and record.error:
            lines.append(wrap(f"{margin}The rule had an error: {printable(record.error)}", margin))
    if isinstance(last, Called) and reading is not None:
        lines += _why(trace.final_state(), policy, last, reading)
    return "\n".join(lines)


def deeds(trace: Trace, policy: Policy, last: int) -> str:
    """What happens in the last steps of a trace, in one line."""
    events = [(step, record) for step, record in trace.events() if step is not None][-last:]
    return "; ".join(f"{_who(step, record)} {_deed(step, record, trace.header, policy)}" for step, record in events)


def _who(step: Step, record: Record | None) -> str:
    return actor(step) or (record.app if isinstance(record, Called) else "")


def _deed(step: Step, record: Record | None, header: Header, policy: Policy) -> str:
    match step:
        case steps.Compose():
            message = _written(record)
            via = f" via {step.via}" if step.via else ""
            old = f", in thread {step.thread}" if step.thread else ""
            marks = [
                *(f"linking to {app}" for app in step.links),
                *(f"mentioning {app}" for app in step.mentions),
                *(f"about {app}" for app in step.about),
                *(f"attaching {name}" for name in step.attachments),
                *([f"quoting {step.quote}"] if step.quote else []),
            ]
            with_marks = f" ({', '.join(marks)})" if marks else ""
            writes = "drafts" if step.draft else "writes"
            return f"{writes} {message.id} to {_names(message.recipients)}{via}{old}{with_marks}: {quoted(step.text)}"
        case steps.SendDraft():
            return f"sends the draft {step.message}"
        case steps.Forward():
            via = f" via {step.via}" if step.via else ""
            return f"forwards {step.message} to {_names(step.to)}{via}, as {_written(record).id}"
        case steps.Reply():
            quote = f", quoting {step.quote}" if step.quote else ""
            return f"answers {step.message} with {_written(record).id}{quote}: {quoted(step.text)}"
        case steps.Edit():
            return f"edits {step.message}: {quoted(step.text)}"
        case steps.Label():
            return f"puts the label of {step.app} on {step.message}"
        case steps.Trash():
            return f"puts {step.message} into the trash"
        case steps.Restore():
            return f"takes {step.message} out of the trash"
        case steps.Add():
            return f"lets {step.member} join thread {step.thread}"
        case steps.Remove():
            return f"leaves thread {step.thread}" if step.member == step.person else f"removes {step.member} from it"
        case steps.Open():
            return f"begins to use {step.app} on {step.message}"
        case steps.Close():
            return f"ends to use {step.app} on {step.message}"
        case steps.Consent() if scopes := said_by(policy).scopes:
            return f"lets {step.app} have {' and '.join(scopes)}"
        case steps.Consent():
            scope = "" if step.scope.extent.name == "everything" else f" on {step.scope.extent.name}"
            return f'grants {step.app} the rule "{header.policy}"{scope}'
        case steps.Revoke():
            return f"takes the grant to {step.app} back"
        case Call():
            return f"{_asks(step)}{_outcome(record)}"
        case steps.Begin():
            return f"{_asks(step.call)}, to be delivered later{_outcome(record)}"
        case steps.Deliver():
            return f"gets the answer to its call {step.begun}{_outcome(record)}"
        case steps.Hand():
            what = ", ".join(m.id for m in record.messages) if isinstance(record, Handed) else ""
            return f"hands {step.to} what it has from {step.owner}'s mailbox: {what or 'nothing'}"
        case steps.Forget():
            return f"forgets what it stored from {step.owner}'s mailbox"
        case _:
            assert_never(step)


def _written(record: Record | None) -> Message:
    """The message that a step wrote."""
    if not isinstance(record, Wrote):
        raise TypeError(f"{record!r} is of no message that was written")
    return record.message


def _asks(call: Call) -> str:
    box = f"in {call.owner}'s mailbox"
    match call.operation:
        case "get":
            return f"reads {call.message} {box}"
        case "metadata":
            return f"asks who and when of {call.message} {box}"
        case "thread":
            return f"reads thread {call.thread} {box}"
        case "list":
            return f"lists the messages {box}"
        case "search":
            return f'searches for "{call.text}" {box}'
        case "count":
            return f"counts the messages {box}"
        case "attachment":
            return f"fetches attachment {call.attachment} {box}"
        case "export":
            return f"exports {call.owner}'s mailbox"
        case "push":
            return f"is told of {call.message} {box}"
        case "send":
            to = _names(call.to) if call.to else f"thread {call.thread}"
            return f"sends to {to} in {call.owner}'s name: {quoted(call.text)}"
        case "forward":
            to = _names(tuple("itself" if name == call.app else name for name in call.to))
            return f"forwards {call.message} {box} to {to}"
        case "delete":
            return f"deletes {call.message} {box}{' and everybody else' if call.everyone else ''}"
        case "trash":
            return f"trashes {call.message} {box}"
        case "undelete":
            return f"takes {call.message} out of {call.owner}'s trash"
        case "label":
            return f"puts its label on {call.message} {box}"
        case "subscribe":
            return f"subscribes to {call.owner}'s mailbox"
        case "rule":
            return f"has what arrives {box} forwarded to itself"
        case _:
            assert_never(call.operation)


def _outcome(record: Record | None) -> str:
    """What came of a call, in capitals: it is the point of the line."""
    if not isinstance(record, Called):
        return ""
    names = ", ".join(message.id for message in record.shown)
    match record.outcome:
        case "shown":
            part = "a hit" if record.operation == "search" else "the beginning"
            whole = {"body": "whole text", "part": part, "metadata": "who and when", "presence": "that it exists"}
            what = whole[record.grade.name.lower()]
            return f" -> SHOWN: {names} ({what})" if names else f" -> SHOWN: {what}"
        case "done":
            return f" -> DONE, and SHOWN: {names} (whole text)" if names else " -> DONE"
        case "refused":
            return f" -> REFUSED: {record.reason}"
        case "cut off":
            return " -> NEVER DELIVERED"
        case "open":
            return ""


def _why(state: State, policy: Policy, call: Called, reading: Extent) -> list[str]:
    """Why the rule let a call through, why that lies outside the reading, and who never agreed to it."""
    app, owner = call.app, call.owner
    lines = []
    outside = [message for message in call.shown if not reading.holds(message, app, owner, state)]
    for message in outside[:1]:
        grant = state.granted(app, owner)
        request = Request(app, ACTION_OF[call.operation], message, owner, grant, state, call.operation)
        lines.append(f"Why the rule let it: {explain(policy, request, _decision(policy, request))}.")
        lines.append(f"Why it is outside: it would belong if {reading.phrase}; for {message.id} that is not so.")
        if message.author != owner and (app, message.author) not in state.windows:
            lines.append(f"{message.author} granted nothing.")
    if not call.shown and call.outcome == "refused":
        lines.append("Nothing was shown.")
    return [wrap(f"  {line}", "  ") for line in lines]


def _decision(policy: Policy, request: Request) -> Decision:
    """What the policy says when it is asked again, for the parts that decided; it did permit, whatever it says now."""
    permitted = Decision(permit=True, reason="permitted")
    if said_by(policy).function is not None:
        return permitted
    again = policy.decide(request)
    return again if again.permit else permitted


def _names(people: tuple[str, ...]) -> str:
    return " and ".join(people)


def quoted(text: str) -> str:
    """The beginning of a text, in one line."""
    line = printable(" ".join(text.split()))
    return f'"{line}"' if len(line) <= TEXT else f'"{line[: TEXT - 3]}..."'
