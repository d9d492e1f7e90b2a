"use strict";
// What is true after each record, and which claim it breaks: the fold and the predicates of `sim/permiscope/model` and
// `sim/permiscope/judge`, for whoever has only this page. A test holds the two against each other.

const FORMATS = [1, 2];
const CHANNELS = ["get", "metadata", "thread", "list", "search", "count", "attachment", "export", "push"];
const OF_A_MESSAGE = ["get", "metadata", "forward", "delete", "trash", "undelete", "label", "push"];
const NAMED_BY = { thread: "thread", send: "thread", search: "text", attachment: "attachment" };
const GRADES = ["presence", "metadata", "part", "body"];

/** Something is wrong with what was opened; the message is a sentence. */
class Damaged extends Error {}

const both = (...names) => names.join("\u0000");

/** A trace from the lines of a file, parsed or not: its header, its records, and what is wrong with its end. */
function readTrace(lines) {
  const header = objectOf(lines[0], "line 1");
  if (!FORMATS.includes(header.trace)) {
    throw new Damaged(`This is no trace that this page can read: line 1 says version ${header.trace}, not ${FORMATS.join(" or ")}.`);
  }
  for (const [key, is] of [["people", Array.isArray], ["apps", Array.isArray], ["policy", isText], ["text", isText]]) {
    if (!is(header[key])) throw new Damaged(`This is no trace: the key "${key}" of its first line is missing.`);
  }
  const records = [];
  const state = emptyState();
  let complaint = "";
  for (let number = 2; number <= lines.length; number += 1) {
    const line = lines[number - 1];
    if (line === "" && number === lines.length) break;
    try {
      const record = recordOf(objectOf(line, `line ${number}`), state);
      apply(state, record);
      records.push(record);
    } catch (error) {
      const why = error instanceof Damaged ? error.message : "it does not follow from what is before it";
      complaint = `Line ${number} is not whole (${why}); the ${records.length} records before it are shown.`;
      break;
    }
  }
  return { header, records, complaint };
}

const isText = (value) => typeof value === "string";

function objectOf(line, where) {
  let value = line;
  if (isText(line)) {
    try {
      value = JSON.parse(line);
    } catch {
      throw new Damaged(`${where} is no JSON`);
    }
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Damaged(`${where} is no JSON object`);
  return value;
}

const KINDS = ["wrote", "edited", "moved", "membership", "session", "labelled", "granted", "revoked", "called", "handed", "forgot"];

/** A record as it was before it was written down: messages that were shown with the text that was shown. */
function recordOf(plain, state) {
  if (!KINDS.includes(plain.kind)) throw new Damaged(`there is no kind of record "${plain.kind}"`);
  if (typeof plain.time !== "number") throw new Damaged("it has no time");
  const known = (name) => {
    if (!state.messages.has(name)) throw new Damaged(`it names "${name}", which nobody wrote before`);
  };
  // Version 1 had one target of all calls.
  const target = plain.kind === "called" ? plain.target ?? plain[NAMED_BY[plain.operation] ?? "message"] : undefined;
  const own = plain.kind === "wrote" ? plain.message : plain.sent;
  if (own) {
    if (plain.kind === "wrote" && !isText(own.id)) throw new Damaged("its message has no id");
    for (const name of [...own.segments.map((each) => each.source), own.in_reply_to ?? own.id]) {
      if (name !== own.id) known(name);
    }
  } else if (plain.kind === "called" && ["shown", "done"].includes(plain.outcome) && OF_A_MESSAGE.includes(plain.operation)) {
    known(target);
  } else if (["labelled", "moved", "session"].includes(plain.kind)) {
    known(plain.message);
  } else if (plain.kind === "edited") {
    known(plain.message.id);
  }
  if (plain.kind !== "called") return plain;
  const version = (name) => (plain.sent && plain.sent.id === name ? plain.sent : state.messages.get(name));
  const shown = (plain.shown ?? []).map(([name, written]) => {
    const message = version(name);
    if (!message) known(name);
    const text = (source) => message.segments.find((each) => each.source === source)?.text ?? "";
    const segments = written.map((each) => (isText(each) ? { source: each, text: text(each) } : { source: each[0], text: each[1] }));
    return { ...message, segments };
  });
  return { outcome: "open", reason: "permitted", grade: "body", holders: [], sent: null, told: null, ...plain, target, shown };
}

function emptyState() {
  const maps = ["messages", "threads", "copies", "trashed", "labels", "windows", "edited"];
  const sets = ["exchanges", "mentioned", "opened"];
  return {
    position: 0,
    time: 0,
    decidedUnder: null,
    deliveredUnder: null,
    ...Object.fromEntries(maps.map((name) => [name, new Map()])),
    ...Object.fromEntries(sets.map((name) => [name, new Set()])),
  };
}

/** Bring the state from before a record to after it. */
function apply(state, record) {
  switch (record.kind) {
    case "wrote":
      deliver(state, record.message);
      break;
    case "edited":
      state.messages.set(record.message.id, record.message);
      state.edited.set(record.message.id, (state.edited.get(record.message.id) ?? 0) + 1);
      break;
    case "moved":
      move(state, record.person, record.message, record.trashed);
      break;
    case "membership":
      join(state, record);
      break;
    case "session": {
      const key = both(record.app, record.person, record.message);
      if (record.opened) state.opened.add(key);
      else state.opened.delete(key);
      break;
    }
    case "labelled":
      label(state, record.message, record.app);
      break;
    case "granted": {
      const key = both(record.grant.app, record.grant.user);
      const window = { grant: record.grant, start: state.position + 1, revoked: null, revokedAt: null };
      state.windows.set(key, [...(state.windows.get(key) ?? []), window]);
      break;
    }
    case "revoked": {
      const key = both(record.app, record.person);
      const windows = state.windows.get(key);
      const ended = { ...windows.at(-1), revoked: state.position + 1, revokedAt: record.time };
      state.windows.set(key, [...windows.slice(0, -1), ended]);
      break;
    }
    case "called":
      state.decidedUnder = windowAt(state, record.app, record.owner, record.opened, record.decided_at);
      state.deliveredUnder = windowAt(state, record.app, record.owner, record.closed, record.time);
      if (record.outcome === "done") takeEffect(state, record);
      break;
    default: // what apps hand on and forget is no mail
  }
  state.position += 1;
  state.time = record.time;
}

function takeEffect(state, call) {
  if (call.operation === "label") label(state, call.target, call.app);
  else if (call.operation === "delete") call.holders.forEach((holder) => state.copies.get(holder).delete(call.target));
  else if (call.operation === "trash" || call.operation === "undelete") {
    move(state, call.owner, call.target, call.operation === "trash");
  } else if (call.sent) deliver(state, call.sent);
}

const covers = (window, position, time) =>
  window.start <= position && (window.revoked === null || position < window.revoked) && !(time >= (window.grant.until ?? Infinity));

function windowAt(state, app, user, position, time) {
  return (state.windows.get(both(app, user)) ?? []).findLast((window) => covers(window, position, time)) ?? null;
}

/** When a grant ended, if it has by a time. */
function endedAt(window, time) {
  const ends = [window.revokedAt, window.grant.until].filter((end) => end !== null && end !== undefined && end <= time);
  return ends.length ? Math.min(...ends) : null;
}

function deliver(state, message) {
  const thread = state.threads.get(message.thread) ?? { members: [], past: [], messages: [], apps: [] };
  const everybody = [message.author, ...message.recipients];
  const app = message.absent ? null : message.via ?? null;
  let holders = everybody;
  if (message.draft) holders = [message.author];
  if (message.absent) holders = [];
  state.messages.set(message.id, message);
  state.threads.set(message.thread, {
    members: [...new Set([...thread.members, ...everybody])],
    past: thread.past,
    messages: thread.messages.includes(message.id) ? thread.messages : [...thread.messages, message.id],
    apps: app === null || thread.apps.includes(app) ? thread.apps : [...thread.apps, app],
  });
  holders.forEach((person) => place(state.copies, person).add(message.id));
  if (message.draft || message.absent) return;
  (message.mentions ?? []).forEach((each) => state.mentioned.add(both(each, message.author)));
  if (app === null) return;
  for (const recipient of message.recipients) {
    state.exchanges.add(both(app, message.author, recipient)).add(both(app, recipient, message.author));
  }
}

function place(boxes, person) {
  if (!boxes.has(person)) boxes.set(person, new Set());
  return boxes.get(person);
}

function move(state, person, message, trashed) {
  if (state.messages.get(message).absent) return;
  const [here, there] = trashed ? [state.copies, state.trashed] : [state.trashed, state.copies];
  if (!place(here, person).delete(message)) throw new Damaged("it takes away what is not there");
  place(there, person).add(message);
}

function join(state, record) {
  const thread = state.threads.get(record.thread);
  const without = (people) => people.filter((each) => each !== record.member);
  const [members, past] = record.joined
    ? [[...thread.members, record.member], without(thread.past)]
    : [without(thread.members), [...thread.past, record.member]];
  state.threads.set(record.thread, { ...thread, members, past });
}

function label(state, message, name) {
  const labels = state.labels.get(message) ?? [];
  if (!labels.includes(name)) state.labels.set(message, [...labels, name]);
}

const ATOMS = {
  authored: (message, app, owner) => message.via === app && message.author === owner,
  "via-app": (message, app) => message.via === app,
  reply: (message, app, owner, state) => message.via === app || state.messages.get(message.in_reply_to)?.via === app,
  rooted: (message, app, owner, state) => state.messages.get(state.threads.get(message.thread).messages[0]).via === app,
  threaded: (message, app, owner, state) => state.threads.get(message.thread).apps.includes(app),
  addressed: (message, app) => (message.mentions ?? []).includes(app) || message.recipients.includes(app),
  linked: (message, app) => (message.links ?? []).includes(app),
  tagged: (message, app, owner, state) => (state.labels.get(message.id) ?? []).includes(app),
  counterpart: (message, app, owner, state) => {
    if (message.via === app) return true;
    const { members, past } = state.threads.get(message.thread);
    return [...members, ...past].some((member) => member !== owner && state.exchanges.has(both(app, owner, member)));
  },
  everything: () => true,
  session: (message, app, owner, state) => state.opened.has(both(app, owner, message.id)),
  topical: (message, app) => (message.about ?? []).includes(app),
  consented: (message, app, owner, state) => message.author === owner || consented(state, app, message.author),
  granted: (message, app, owner, state) => {
    const window = windowAt(state, app, owner, state.position, state.time);
    return window !== null && extentOf(window.grant.scope?.extent ?? "everything")(message, app, owner, state);
  },
  draft: (message) => message.draft === true,
  "current-thread": (message, app, owner, state) =>
    state.threads.get(message.thread).messages.some((name) => state.opened.has(both(app, owner, name))),
  "owner-granted": (message, app, owner, state) => grantedNow(state, app, owner),
  "member-granted": (message, app, owner, state) =>
    state.threads.get(message.thread).members.some((member) => grantedNow(state, app, member)),
};

const grantedNow = (state, app, person) => windowAt(state, app, person, state.position, state.time) !== null;

const consented = (state, app, person) => state.windows.has(both(app, person)) || state.mentioned.has(both(app, person));

/** The test that an expression such as `reply | (tagged & ~linked)` stands for. */
function extentOf(expression) {
  const tokens = expression.match(/[\w-]+|[|&~()]/g) ?? [];
  const joined = (sign, next, join) => {
    let left = next();
    while (tokens[0] === sign) {
      tokens.shift();
      left = join(left, next());
    }
    return left;
  };
  const either = () => joined("|", all, (one, two) => (...given) => one(...given) || two(...given));
  const all = () => joined("&", single, (one, two) => (...given) => one(...given) && two(...given));
  const single = () => {
    const token = tokens.shift();
    if (token === "~") {
      const one = single();
      return (...given) => !one(...given);
    }
    if (token === "(") {
      const inner = either();
      tokens.shift();
      return inner;
    }
    return ATOMS[token];
  };
  return either();
}

const reads = (call, outcomes) =>
  (CHANNELS.includes(call.operation) && outcomes.includes(call.outcome)) ||
  (!CHANNELS.includes(call.operation) && call.outcome === "done" && call.shown.length > 0 && outcomes.includes("shown"));
const showing = (check) => (state, call) => (reads(call, ["shown"]) ? check(state, call) : null);
const answering = (check) => (state, call) => (reads(call, ["shown", "refused"]) ? check(state, call) : null);
const deleting = (check) => (state, call) => (call.operation === "delete" && call.outcome === "done" ? check(state, call) : null);
const isOwn = (call, message) => message.via === call.app && message.author === call.owner;

/** The claims that one day can break. Each answers true (kept), false (broken) or null (not tested by this call). */
const CLAIMS = {
  I1: () => showing((state) => state.decidedUnder !== null),
  I3: () =>
    answering((state, call) => {
      if (state.deliveredUnder !== null) return null;
      const windows = state.windows.get(both(call.app, call.owner));
      const ended = windows ? endedAt(windows.at(-1), call.time) : null;
      return ended === null ? null : call.outcome === "refused" || call.time - ended <= 0;
    }),
  I4: () =>
    answering((state, call) => {
      if (call.opened === call.closed && call.decided_at === call.time) return null;
      return call.outcome === "refused" || state.deliveredUnder !== null;
    }),
  I5: (holds) =>
    showing((state, call) => {
      if (call.grade !== "body") return null;
      return call.shown.every((message) => holds(message, call.app, call.owner, state));
    }),
  I6: (holds) =>
    showing((state, call) => {
      if (call.grade !== "body") return null;
      const sources = call.shown.flatMap((message) => message.segments.map((each) => state.messages.get(each.source)));
      return sources.every((message) => holds(message, call.app, call.owner, state));
    }),
  I9: () => deleting((state, call) => isOwn(call, state.messages.get(call.target))),
  I10: () => deleting((state, call) => call.holders.length === 1 && call.holders[0] === call.owner),
  I16: () =>
    showing((state, call) => {
      const window = state.decidedUnder;
      if (window === null) return null;
      return Boolean(window.grant.backfill) || call.shown.every((message) => message.position >= window.start);
    }),
  I18: () =>
    showing((state, call) => {
      if (!["part", "body"].includes(call.grade)) return null;
      const others = call.shown.filter((message) => message.author !== call.owner);
      if (!others.length) return null;
      return others.every((message) => consented(state, call.app, message.author));
    }),
  U2: () => useful((call, message) => isOwn(call, message)),
  U3: () =>
    useful((call, message, state) => {
      const parent = state.messages.get(message.in_reply_to);
      return message.author !== call.owner && parent !== undefined && isOwn(call, parent);
    }),
};

const useful = (wanted) => (state, call) => {
  if (call.operation !== "get" || !["shown", "refused"].includes(call.outcome)) return null;
  const message = state.messages.get(call.target);
  if (!message || (call.outcome === "refused" && !state.copies.get(call.owner)?.has(message.id))) return null;
  const window = state.deliveredUnder;
  if (window === null || message.position < window.start || !wanted(call, message, state)) return null;
  return call.outcome === "shown";
};

/** After each record, how often each claim was tested, and at which record it first broke (null: at none). */
function judge(records, formulas) {
  const tallies = new Map(formulas.map((formula) => [formula, { fired: [0], broken: null }]));
  const checks = formulas.map((formula) => {
    const [family, reading] = formula.split(":");
    return [CLAIMS[family](reading ? extentOf(reading) : null), tallies.get(formula)];
  });
  const state = emptyState();
  records.forEach((record, index) => {
    apply(state, record);
    for (const [check, tally] of checks) {
      const kept = record.kind === "called" ? check(state, record) : null;
      tally.fired.push(tally.fired[index] + (kept === null ? 0 : 1));
      if (kept === false && tally.broken === null) tally.broken = index + 1;
    }
  });
  return tallies;
}

/** What may be said of a claim after so many records, in the words of the command line. */
function verdictOf(tally, step) {
  if (tally.broken !== null && tally.broken <= step) return "broken";
  return tally.fired[step] ? "not broken" : "not tested";
}
