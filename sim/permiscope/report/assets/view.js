"use strict";
// What is on the page: it looks at traces through `judge.js` and keeps nothing but the view, which is the address.

const DATA = JSON.parse(document.getElementById("data").textContent);
const PER_PAGE = 8; // conversations on a screen
const AROUND = 40; // events listed before and after the one that is looked at
const BROKEN = "broken";
const FOUR_WORDS = { broken: "broken", "not broken": "not broken so far", "not tested": "not tested", "cannot say": "cannot say" };

const byId = (id) => document.getElementById(id);

/** An element with attributes, and children that are elements or text: never markup, for text is data. */
function el(tag, attributes = {}, ...children) {
  const name = tag.startsWith("svg:") ? tag.slice(4) : tag;
  const made = tag.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const days = DATA.days.map((day) => ({
  title: day.title,
  traces: day.traces.map(({ label, lines }) => ({ label, ...readTrace(lines.map((number) => DATA.lines[number])) })),
}));

const view = { day: 0, rule: 0, meaning: DATA.meaning, eyes: "owner", event: 0, compare: -1, message: "", page: 0 };
const predicted = new Map(); // what was predicted of a day, a rule and a meaning, once it was revealed
let marking = null; // the exercise, while it is done

const today = () => days[view.day];
const traceOf = (rule) => today().traces[rule];
const current = () => traceOf(view.rule);
const question = () => both(view.day, view.rule, view.meaning);
const isRevealed = () => predicted.has(question()) || !byId("gate").checked;

// ---------------------------------------------------------------- what a trace holds

const studied = new Map();

/** What is asked again and again of a trace under a meaning: verdicts, and what the app knew of each message when. */
function study(trace, meaning) {
  const key = both(days.indexOf(today()), trace.label, meaning);
  if (studied.has(key)) return studied.get(key);
  const formulas = DATA.claims.filter((claim) => !claim.unseen).map((claim) => named(claim.formula, meaning));
  const holds = extentOf(meaning);
  const state = emptyState();
  const found = { tallies: judge(trace.records, formulas), knows: new Map(), refused: new Map(), leaks: new Map(), private: [] };
  const owners = ownersOf(trace);
  trace.records.forEach((record, index) => {
    apply(state, record);
    const written = record.kind === "wrote" ? record.message : record.sent;
    if (written && !written.draft) {
      const holders = owners.filter((owner) => [written.author, ...written.recipients].includes(owner));
      const app = trace.header.apps[0];
      if (holders.some((owner) => !holds(written, app, owner, state))) found.private.push([written.id, record.time]);
    }
    if (record.kind !== "called") return;
    const crossed = ["shown", "done"].includes(record.outcome) ? record.shown : [];
    for (const message of crossed) {
      put(found.knows, message.id, { step: index + 1, grade: record.grade, message });
      const outside = record.grade === "body" && !holds(message, record.app, record.owner, state);
      if (outside && !found.leaks.has(message.id)) found.leaks.set(message.id, index + 1);
    }
    if (record.outcome === "refused" && OF_A_MESSAGE.includes(record.operation) && record.target) {
      put(found.refused, record.target, { step: index + 1, told: record.told?.status === 403 });
    }
  });
  studied.set(key, found);
  return found;
}

function put(lists, key, value) {
  if (!lists.has(key)) lists.set(key, []);
  lists.get(key).push(value);
}

const named = (text, meaning) => text.replace("{meaning}", meaning);

/** Those whose mailboxes the app may look into, or did. */
function ownersOf(trace) {
  const owners = trace.records.flatMap((record) => {
    if (record.kind === "granted") return [record.grant.user];
    return record.kind === "called" && record.shown.length ? [record.owner] : [];
  });
  return owners.length ? [...new Set(owners)] : trace.header.people;
}

/** The event before the app is shown anything: a day is looked at from there. */
function startOf(trace) {
  const first = trace.records.findIndex((record) => record.kind === "called" && record.shown.length);
  return first < 0 ? trace.records.length : first;
}

function stateAfter(trace, step) {
  const state = emptyState();
  trace.records.slice(0, step).forEach((record) => apply(state, record));
  return state;
}

/** How many records of another trace are over when so many of this one are. */
function stepAt(trace, time) {
  const next = trace.records.findIndex((record) => record.time > time);
  return next < 0 ? trace.records.length : next;
}

// ---------------------------------------------------------------- words

function clock(time, trace) {
  const last = trace.records.at(-1)?.time ?? 0;
  if (last < 600) return `${+time.toFixed(2)} s`;
  const minutes = Math.floor(time / 60);
  const day = Math.floor(minutes / 1440);
  const two = (number) => String(number).padStart(2, "0");
  return `${day ? `day ${day + 1}, ` : ""}${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

const listed = (names) => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);
const scopeOf = (grant) => {
  const actions = grant.scope?.actions ? grant.scope.actions.join(", ") : "all";
  return `${actions}: ${grant.scope?.extent ?? "everything"}`;
};

function deed(record) {
  const { person, message } = record;
  switch (record.kind) {
    case "wrote": {
      const to = message.recipients.length ? ` to ${listed(message.recipients)}` : "";
      const via = message.via ? ` via ${message.via}` : "";
      const answer = message.in_reply_to ? `, in answer to ${message.in_reply_to}` : "";
      const quote = message.segments.filter((each) => each.source !== message.id).map((each) => each.source);
      const quoted = quote.length ? `, and quotes ${listed(quote)}` : "";
      return `${message.author} writes ${message.draft ? "a draft of " : ""}${message.id}${to}${via}${answer}${quoted}.`;
    }
    case "edited":
      return `${message.author} changes what ${message.id} says.`;
    case "moved":
      return `${person} ${record.trashed ? "puts" : "takes"} ${message} ${record.trashed ? "into" : "out of"} the trash.`;
    case "membership":
      return `${person} ${record.joined ? "lets" : "removes"} ${record.member} ${record.joined ? "into" : "from"} ${record.thread}.`;
    case "session":
      return `${person} ${record.opened ? "begins" : "ends"} to use ${record.app} on ${message}.`;
    case "labelled":
      return `${person} labels ${message} for ${record.app}.`;
    case "granted":
      return `${record.grant.user} grants ${record.grant.app} "${scopeOf(record.grant)}".`;
    case "revoked":
      return `${person} takes back what ${record.app} was granted.`;
    case "handed":
      return `${record.app} hands ${listed(record.messages.map((each) => each.id)) || "nothing"} to ${record.to}.`;
    case "forgot":
      return `${record.app} empties what it had stored from ${record.owner}'s mailbox.`;
    default:
      return `${record.app} ${asked(record)}: ${answered(record)}.`;
  }
}

function asked(call) {
  const where = `${call.owner}'s mailbox`;
  switch (call.operation) {
    case "get":
      return `asks to read ${call.target} in ${where}`;
    case "metadata":
      return `asks who wrote ${call.target} in ${where}, and when`;
    case "list":
      return `asks what is in ${where}`;
    case "thread":
      return `asks for the conversation ${call.target} in ${where}`;
    case "search":
      return `searches ${where} for "${call.target}"`;
    case "send":
      return `asks to send in ${call.owner}'s name`;
    case "push":
      return `is told of ${call.target} in ${where}, unasked`;
    default:
      return `asks for "${call.operation}"${call.target ? ` of ${call.target}` : ""} in ${where}`;
  }
}

function answered(call) {
  if (call.outcome === "refused") return "refused";
  if (call.outcome === "cut off") return "the day ended first";
  if (call.sent && !call.shown.length) return `done, ${call.sent.id} is sent`;
  if (call.outcome === "done" && !call.shown.length) return "done";
  const part = call.operation === "search" ? "a hit in " : "the beginning of ";
  const what = { body: "the text of ", part, metadata: "who and when of ", presence: "" }[call.grade];
  if (!call.shown.length) return call.told?.total === undefined ? "shown nothing" : `told that there are ${call.told.total}`;
  return `SHOWN ${what}${listed(call.shown.map((each) => each.id))}`;
}

/** Which scope decided, or what was missing. */
function decided(record, trace, state) {
  if (record.kind !== "called") return "";
  const rule = `the rule "${trace.header.policy}"`;
  const window = state.decidedUnder ?? (state.windows.get(both(record.app, record.owner)) ?? []).at(-1) ?? null;
  const grant = window ? `${record.owner}'s grant "${scopeOf(window.grant)}"` : `no grant of ${record.owner} to ${record.app}`;
  const missing = window ? `${grant} is not in force` : `there is ${grant}`;
  switch (record.reason) {
    case "permitted":
      if (record.outcome === "refused") return "It was permitted, and there was nothing left to show.";
      return state.decidedUnder ? `Decided by ${grant}, and by ${rule}.` : `No scope covers it: ${missing}. The service is at fault.`;
    case "no grant":
      return `Refused, for ${missing}.`;
    case "action not granted":
      return `Refused, for ${grant} does not name this action.`;
    case "outside the grant":
      return `Refused, for it lies outside ${grant}.`;
    case "outside the policy":
      return `Refused, for it lies outside ${rule}.`;
    case "older than the grant":
      return `Refused, for it is older than ${grant}.`;
    case "not in the mailbox":
      return `${record.owner} holds no such message.`;
    case "the policy raised":
      return `Refused, for ${rule} failed: ${record.error ?? ""}`;
    default:
      return `Refused by ${rule}.`;
  }
}

const phraseOf = (meaning) => DATA.readings[meaning];

// ---------------------------------------------------------------- the grid

/** The messages that are looked at, by conversation, with what is to be said of each. */
function cellsAfter(trace, step) {
  const found = study(trace, view.meaning);
  const state = stateAfter(trace, step);
  const owners = ownersOf(trace);
  const app = trace.header.apps[0];
  const holds = extentOf(view.meaning);
  const rows = new Map();
  for (const message of state.messages.values()) {
    const knows = (found.knows.get(message.id) ?? []).filter((each) => each.step <= step);
    const refused = (found.refused.get(message.id) ?? []).filter((each) => each.step <= step);
    const holders = owners.filter((owner) => [message.author, ...message.recipients].includes(owner));
    const has = (boxes) => owners.some((owner) => boxes.get(owner)?.has(message.id));
    const isKnown = knows.length > 0 || refused.some((each) => each.told);
    if (view.eyes === "app" ? !isKnown : !holders.length && !knows.length) continue;
    const body = knows.find((each) => each.grade === "body");
    const cell = {
      message,
      body,
      knows,
      refused: refused.length > 0,
      leak: (found.leaks.get(message.id) ?? Infinity) <= step,
      own: (holders.length ? holders : owners).every((owner) => holds(message, app, owner, state)),
      gone: holders.length > 0 && !has(state.copies),
      binned: has(state.trashed),
    };
    put(rows, message.thread, cell);
  }
  return { rows, state };
}

/** What it was sent with; where there is one app, that is *the app*. */
function viaOf(message, trace) {
  if (!message.via) return "";
  return trace.header.apps.length === 1 ? "via the app" : `via ${message.via}`;
}

function wordsOf(cell) {
  const { message } = cell;
  const words = [];
  if (cell.leak && isRevealed() && !marking) words.push("LEAK");
  else if (cell.body) words.push("read");
  else if (cell.knows.length) words.push({ metadata: "who, when", part: "a part", presence: "exists" }[cell.knows.at(-1).grade]);
  else if (cell.refused) words.push(view.eyes === "app" ? "exists" : "refused");
  if (isRevealed() && !marking && !cell.leak) words.push(cell.own ? "own" : "private");
  if (cell.gone) words.push(cell.binned ? "in the trash" : "deleted");
  if (message.draft) words.push("draft");
  return words.join(", ") || "not asked";
}

function classOf(cell) {
  const open = isRevealed() && !marking;
  const names = ["cell"];
  if (open && cell.leak) names.push("leak");
  else if (open && cell.own) names.push("own");
  else if (cell.refused && !cell.knows.length) names.push("refused");
  if (cell.body) names.push("read");
  if (cell.gone) names.push("gone");
  return names.join(" ");
}

function drawGrid(place, rule, step) {
  const trace = traceOf(rule);
  const { rows, state } = cellsAfter(trace, step);
  const threads = [...rows.keys()];
  const pages = Math.max(1, Math.ceil(threads.length / PER_PAGE));
  view.page = Math.min(view.page, pages - 1);
  const shown = threads.slice(view.page * PER_PAGE, (view.page + 1) * PER_PAGE);
  const table = shown.map((thread) => {
    const { members } = state.threads.get(thread);
    const cells = rows.get(thread).map((cell) =>
      el(
        "button",
        {
          type: "button",
          class: classOf(cell),
          "data-message": cell.message.id,
          "aria-pressed": String(view.message === cell.message.id),
          onclick: () => choose(cell.message.id),
        },
        el("span", { class: "id" }, `${cell.message.id} ${cell.message.author}`),
        el("span", { class: "via" }, viaOf(cell.message, trace)),
        el("span", { class: "word" }, wordsOf(cell)),
      ),
    );
    const name = el("h3", {}, thread, el("small", {}, listed(members)));
    return el("li", { class: "row" }, name, el("div", { class: "cells" }, ...cells));
  });
  const title = el("h2", {}, view.compare < 0 ? "Conversations" : trace.label, el("small", {}, eyesNote(trace, threads)));
  const nothing = view.eyes === "app" ? "The app knows of no message." : "There is no mail yet.";
  place.replaceChildren(title, table.length ? el("ol", { class: "rows" }, ...table) : el("p", { class: "nothing" }, nothing));
  return pages;
}

function eyesNote(trace, threads) {
  const count = `${threads.length} of them`;
  return view.eyes === "app" ? `all that ${trace.header.apps[0]} was shown: ${count}` : `${listed(ownersOf(trace))}'s mail: ${count}`;
}

// ---------------------------------------------------------------- what happened, and what it means

function drawStep() {
  const trace = current();
  const record = view.event ? trace.records[view.event - 1] : null;
  const head = record ? `Event ${view.event} of ${trace.records.length}, ${clock(record.time, trace)}` : `Before event 1 of ${trace.records.length}`;
  byId("when").textContent = head;
  const said = record ? deed(record) : "Nothing has happened yet.";
  byId("what").textContent = said;
  byId("decided").textContent = record ? decided(record, trace, stateAfter(trace, view.event)) : "";
  byId("slider").max = trace.records.length;
  byId("slider").value = view.event;
  byId("slider").setAttribute("aria-valuetext", head);
  for (const [id, off] of [["first", view.event === 0], ["back", view.event === 0], ["next", view.event === trace.records.length], ["last", view.event === trace.records.length]]) {
    byId(id).disabled = off;
  }
  byId("live").textContent = `${head}. ${said} ${byId("decided").textContent}`;
}

function drawMessage() {
  const trace = current();
  const { rows, state } = cellsAfter(trace, view.event);
  const cell = [...rows.values()].flat().find((each) => each.message.id === view.message);
  const place = byId("message");
  if (!cell) {
    place.replaceChildren(el("p", { class: "faint" }, "Choose a message to read it."));
    return;
  }
  const { message } = cell;
  const known = view.eyes === "app" ? cell.body?.message.segments ?? [] : message.segments;
  const text = known.map((each) => el("q", {}, each.source === message.id ? each.text : `${each.text} (from ${each.source})`));
  const to = message.recipients.length ? ` to ${listed(message.recipients)}` : "";
  const head = `${message.id}, ${message.author}${to}${message.via ? ` via ${message.via}` : ""}${message.in_reply_to ? `, answers ${message.in_reply_to}` : ""}`;
  const labels = state.labels.get(message.id) ?? [];
  const rest = labels.length ? el("p", {}, `Labelled for ${listed(labels)}.`) : null;
  const hidden = el("p", { class: "faint" }, "The app has not seen the text.");
  const words = isRevealed() && !marking ? el("p", {}, outside(cell)) : null;
  place.replaceChildren(el("h3", {}, head), el("div", { class: "text" }, ...(text.length ? text : [hidden])), ...[rest, words].filter(Boolean));
}

function outside(cell) {
  const seen = cell.leak ? " The app has read it: a leak." : "";
  const belongs = `"${view.meaning}": a message belongs when ${phraseOf(view.meaning)}`;
  return cell.own && !cell.leak ? `It is in ${belongs}.` : `It is outside ${belongs}.${seen}`;
}

function counts(trace, step) {
  const calls = trace.records.slice(0, step).filter((record) => record.kind === "called" && CHANNELS.includes(record.operation));
  const shown = calls.filter((call) => call.outcome === "shown").length;
  return { shown, refused: calls.filter((call) => call.outcome === "refused").length };
}

/** The words for a claim so far, and the event at which it broke. */
function verdictNow(claim, trace, step) {
  if (claim.unseen) return ["cannot say", null];
  const tally = study(trace, view.meaning).tallies.get(named(claim.formula, view.meaning));
  return [verdictOf(tally, step), tally.broken];
}

function drawVerdict() {
  const trace = current();
  const main = DATA.claims[0];
  const sentence = named(main.sentence, view.meaning);
  byId("claim").textContent = `Claim: ${sentence}`;
  byId("meant").textContent = `"${view.meaning}": a message belongs when ${phraseOf(view.meaning)}.`;
  const isOpen = isRevealed();
  byId("predict").hidden = isOpen;
  byId("verdict").hidden = !isOpen;
  byId("others").hidden = !isOpen;
  byId("stairs").hidden = !isOpen;
  if (!isOpen) return;
  const [word, broken] = verdictNow(main, trace, view.event);
  const { shown, refused } = counts(trace, view.event);
  const so = {
    broken: `Event ${broken} shows what lies outside.`,
    "not broken": `${shown} shown, ${refused} refused, none outside.`,
    "not tested": `Nothing was shown${refused ? `, ${refused} refused` : ""}: no pass.`,
  };
  byId("badge").textContent = FOUR_WORDS[word];
  byId("badge").dataset.word = word;
  byId("so").textContent = so[word];
  const said = predicted.get(question());
  const [end] = verdictNow(main, trace, trace.records.length);
  byId("said").textContent = said ? `You predicted "${FOUR_WORDS[said]}" for the whole day${said === end ? "." : `; it is "${FOUR_WORDS[end]}".`}` : "";
  const [, first] = verdictNow(main, trace, trace.records.length);
  byId("witness").hidden = first === null || first === view.event;
  byId("witness").textContent = first === null ? "" : `Go to event ${first}, where it breaks`;
  const lines = DATA.claims.slice(1).map((claim) => {
    const [its, at] = verdictNow(claim, trace, view.event);
    const where = its === BROKEN ? ` at event ${at}` : "";
    return el("tr", {}, el("td", {}, named(claim.formula, view.meaning)), el("td", {}, named(claim.sentence, view.meaning)), el("td", { class: "word", "data-word": its }, `${FOUR_WORDS[its]}${where}`));
  });
  byId("claims").replaceChildren(...lines);
}

// ---------------------------------------------------------------- the staircase

function drawStairs() {
  if (byId("stairs").hidden) return;
  const traces = today().traces;
  const start = Math.min(...traces.flatMap((trace) => trace.records.filter((each) => each.kind === "granted").map((each) => each.time)));
  const end = Math.max(...traces.map((trace) => trace.records.at(-1)?.time ?? 0));
  const svg = byId("chart");
  if (!(end > start)) {
    svg.replaceChildren();
    byId("exposed").textContent = "Nobody grants anything in this day.";
    return;
  }
  const width = Math.min(760, svg.parentElement.clientWidth);
  const [left, right, top, bottom, height] = [34, 150, 12, 40, 240];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const all = study(current(), view.meaning).private.map(([, time]) => time);
  const lines = traces.map((trace) => {
    const found = study(trace, view.meaning);
    return { label: trace.label, times: [...found.leaks.values()].map((step) => trace.records[step - 1].time).sort((a, b) => a - b) };
  });
  const most = Math.max(1, all.length, ...lines.map((line) => line.times.length));
  const x = (time) => left + ((Math.max(time, start) - start) / (end - start)) * (width - left - right);
  const y = (count) => height - bottom - (count / most) * (height - top - bottom);
  const path = (times) => {
    let drawn = `M${x(start).toFixed(1)} ${y(times.filter((time) => time <= start).length).toFixed(1)}`;
    times.forEach((time, index) => {
      if (time > start) drawn += `H${x(time).toFixed(1)}V${y(index + 1).toFixed(1)}`;
    });
    return `${drawn}H${x(end).toFixed(1)}`;
  };
  const text = (at, down, said, more = {}) => el("svg:text", { x: at, y: down, ...more }, said);
  const unit = end - start > 7200 ? [3600, "hours"] : end - start > 600 ? [60, "minutes"] : [1, "seconds"];
  const ends = [...lines.map((line) => [line.label, line.times.length]), ["all private mail", all.length]].sort((a, b) => b[1] - a[1]);
  let above = -Infinity;
  const labels = ends.map(([name, count]) => {
    above = Math.max(y(count) + 4, above + 15);
    return text(width - right + 8, above, `${name}: ${count}`);
  });
  svg.replaceChildren(
    el("svg:path", { class: "axis", d: `M${left} ${top}V${height - bottom}H${width - right}` }),
    text(left - 6, y(0) + 4, "0", { "text-anchor": "end" }),
    text(left - 6, y(most) + 4, String(most), { "text-anchor": "end" }),
    text(left, height - bottom + 18, "0", { "text-anchor": "middle" }),
    text(width - right, height - bottom + 18, String(Math.round((end - start) / unit[0])), { "text-anchor": "middle" }),
    text((left + width - right) / 2, height - 6, `${unit[1]} since the grant`, { "text-anchor": "middle" }),
    el("svg:path", { class: "line all", d: path(all) }),
    ...lines.map((line, index) => el("svg:path", { class: `line n${index % 4}`, d: path(line.times) })),
    ...labels,
  );
  const said = lines.map((line) => `${line.label} ${line.times.length}`).join(", ");
  byId("exposed").textContent = `Private messages that the app had read by the end of the day: ${said}; of ${all.length} that exist. Private means outside "${view.meaning}".`;
}

// ---------------------------------------------------------------- the exercise

const REASONS = {
  I5: () => `It lies outside "${view.meaning}": a message belongs when ${phraseOf(view.meaning)}.`,
  I3: () => "The app read it after the grant had ended.",
  never: () => "The app only asked for it, and was refused.",
  own: () => "It was sent via the app, and the app read it.",
};

function startExercise() {
  marking = { found: "" };
  byId("reasons").replaceChildren(
    ...["own", "I3", "I5", "never"].map((reason) => el("li", {}, el("button", { type: "button", "data-reason": reason, onclick: () => markReason(reason) }, REASONS[reason]()))),
  );
  go({ event: current().records.length, eyes: "owner", message: "" });
  byId("hint").textContent = `The day is over. Click the message that leaks, if "the app's content" means "${view.meaning}": ${phraseOf(view.meaning)}.`;
  byId("reasons").hidden = true;
}

function stopExercise() {
  marking = null;
  byId("hint").textContent = "";
  byId("reasons").hidden = true;
  draw();
}

/** Mark a click: right, or a hint that does not say where to look instead. */
function markClick(name) {
  const trace = current();
  const found = study(trace, view.meaning);
  const { rows } = cellsAfter(trace, trace.records.length);
  const cell = [...rows.values()].flat().find((each) => each.message.id === name);
  if (found.leaks.has(name)) {
    marking.found = name;
    byId("hint").textContent = `Yes: ${name} leaks. Why?`;
    byId("reasons").hidden = false;
    byId("reasons").querySelector("button").focus();
  } else if (!found.leaks.size) byId("hint").textContent = "Under this rule no message leaks. Which rule shows more?";
  else if (!cell.body) byId("hint").textContent = `Not ${name}: the app never read it. Look for messages that it has read.`;
  else byId("hint").textContent = `Not ${name}: the app read it, and it belongs. Look at who sent it, and with what.`;
}

function markReason(reason) {
  if (reason === "I5") {
    const step = study(current(), view.meaning).leaks.get(marking.found);
    byId("hint").textContent = `Right. Event ${step} shows ${marking.found}, and ${REASONS.I5().toLowerCase()}`;
    byId("reasons").hidden = true;
    predicted.set(question(), BROKEN);
    marking = null;
    go({ event: step, message: view.message });
  } else {
    const hints = {
      I3: "The time of a grant is another claim. Ask what the message has to do with the app.",
      never: "It was read: look at what the app was shown of it.",
      own: "Look again at how it was sent.",
    };
    byId("hint").textContent = hints[reason];
  }
}

// ---------------------------------------------------------------- the rest

function drawEvents() {
  const { records } = current();
  const trace = current();
  const from = Math.max(0, view.event - AROUND);
  const rows = records.slice(from, view.event + AROUND).map((record, index) => {
    const number = from + index + 1;
    const here = number === view.event ? "step" : false;
    return el("li", { value: number }, el("button", { type: "button", class: "link", "aria-current": here, onclick: () => go({ event: number }) }, `${clock(record.time, trace)}  ${deed(record)}`));
  });
  byId("events").replaceChildren(...rows);
}

function drawChoices() {
  const options = (select, labels, chosen) => {
    select.replaceChildren(...labels.map(([value, label]) => el("option", { value, selected: String(value) === String(chosen) }, label)));
    select.value = chosen;
  };
  options(byId("day"), days.map((day, number) => [number, day.title]), view.day);
  const rules = today().traces.map((trace, number) => [number, trace.label]);
  options(byId("rule"), rules, view.rule);
  options(byId("compare"), [[-1, "nothing"], ...rules.filter(([number]) => number !== view.rule)], view.compare);
  options(byId("meaning"), Object.keys(DATA.readings).map((name) => [name, name]), view.meaning);
  byId("enforced").textContent = `Rule in force: ${current().header.text}`;
  document.querySelectorAll("[name=eyes]").forEach((each) => {
    each.checked = each.value === view.eyes;
  });
}

function drawHandout() {
  byId("handout-day").textContent = today().title;
  const meanings = ["authored", "reply", "threaded"];
  byId("handout-meanings").replaceChildren(el("th", { scope: "col" }, "Rule"), ...meanings.map((name) => el("th", { scope: "col" }, `"${name}"`)));
  byId("handout-rules").replaceChildren(
    ...today().traces.map((trace) => el("tr", {}, el("th", { scope: "row" }, trace.label, el("small", {}, trace.header.text)), ...meanings.map(() => el("td", {}, "")))),
  );
  byId("handout-words").replaceChildren(...meanings.map((name) => el("li", {}, `"${name}": a message belongs when ${phraseOf(name)}.`)));
}

function draw() {
  drawChoices();
  const pages = drawGrid(byId("grid"), view.rule, view.event);
  const beside = byId("beside");
  beside.hidden = view.compare < 0;
  let more = pages;
  if (view.compare >= 0) {
    const time = view.event ? current().records[view.event - 1].time : -1;
    const step = stepAt(traceOf(view.compare), time);
    more = Math.max(pages, drawGrid(beside, view.compare, step));
    if (isRevealed()) {
      for (const [place, rule, at] of [[byId("grid"), view.rule, view.event], [beside, view.compare, step]]) {
        const [word] = verdictNow(DATA.claims[0], traceOf(rule), at);
        place.querySelector("h2").append(el("b", { class: "word", "data-word": word }, FOUR_WORDS[word]));
      }
    }
  }
  byId("stage").classList.toggle("two", view.compare >= 0);
  byId("pages").hidden = more < 2;
  byId("page").textContent = `${view.page + 1} of ${more}`;
  byId("earlier").disabled = view.page === 0;
  byId("later").disabled = view.page >= more - 1;
  drawStep();
  drawMessage();
  drawVerdict();
  drawStairs();
  drawEvents();
  drawHandout();
  byId("exercise").hidden = marking !== null;
  byId("stop").hidden = marking === null;
  document.body.dataset.ready = "yes";
}

function choose(name) {
  if (marking) markClick(name);
  go({ message: name });
}

/** Look at something else; the address says what. */
function go(change) {
  Object.assign(view, change);
  const { records } = current();
  view.event = Math.max(0, Math.min(view.event, records.length));
  if ("event" in change && view.event) turnTo(records[view.event - 1]);
  const kept = document.activeElement?.dataset?.message;
  draw();
  if (kept) document.querySelector(`[data-message="${CSS.escape(kept)}"]`)?.focus();
  const { page, ...address } = view;
  const fields = { ...address, day: today().title, rule: current().label, compare: view.compare < 0 ? "" : traceOf(view.compare).label };
  history.replaceState(null, "", `#${new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ""))}`);
}

function lookAt(day) {
  view.day = day;
  go({ rule: 0, compare: -1, event: startOf(days[day].traces[0]), message: "", page: 0 });
}

/** Turn to the page of the conversation that an event is about, and choose its message. */
function turnTo(record) {
  const name = record.message?.id ?? record.message ?? record.sent?.id ?? record.shown?.[0]?.id ?? record.target;
  const { rows } = cellsAfter(current(), view.event);
  const at = [...rows.values()].findIndex((cells) => cells.some((cell) => cell.message.id === name));
  if (at < 0) return;
  view.page = Math.floor(at / PER_PAGE);
  view.message = name;
}

function readAddress() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const find = (list, label) => list.findIndex((each) => (each.title ?? each.label) === label);
  const day = Math.max(0, find(days, fields.get("day")));
  const rule = Math.max(0, find(days[day].traces, fields.get("rule")));
  const compare = find(days[day].traces, fields.get("compare"));
  Object.assign(view, {
    day,
    rule,
    compare: compare === rule ? -1 : compare,
    meaning: Object.hasOwn(DATA.readings, fields.get("meaning")) ? fields.get("meaning") : view.meaning,
    eyes: fields.get("eyes") === "app" ? "app" : "owner",
    event: fields.has("event") ? Number.parseInt(fields.get("event"), 10) || 0 : startOf(days[day].traces[rule]),
    message: fields.get("message") ?? "",
  });
}

async function open(files) {
  const said = [];
  for (const file of files) {
    try {
      const trace = readTrace((await file.text()).split("\n"));
      const label = trace.header.policy;
      days.push({ title: `${file.name}`, traces: [{ label, ...trace }] });
      lookAt(days.length - 1);
      said.push(`${file.name}: ${trace.records.length} events. ${trace.complaint}`);
    } catch (error) {
      said.push(`${file.name}: ${error instanceof Damaged ? error.message : "This is no trace that this page can read."}`);
    }
  }
  byId("opened").textContent = said.join(" ");
}

function listen() {
  byId("day").addEventListener("change", (event) => lookAt(Number(event.target.value)));
  byId("rule").addEventListener("change", (event) => {
    const rule = Number(event.target.value);
    const time = view.event ? current().records[view.event - 1].time : -1;
    go({ rule, compare: view.compare === rule ? -1 : view.compare, event: stepAt(traceOf(rule), time) });
  });
  byId("meaning").addEventListener("change", (event) => go({ meaning: event.target.value }));
  byId("compare").addEventListener("change", (event) => go({ compare: Number(event.target.value) }));
  document.querySelectorAll("[name=eyes]").forEach((each) => each.addEventListener("change", () => go({ eyes: each.value })));
  byId("slider").addEventListener("input", (event) => go({ event: Number(event.target.value) }));
  byId("first").addEventListener("click", () => go({ event: 0 }));
  byId("back").addEventListener("click", () => go({ event: view.event - 1 }));
  byId("next").addEventListener("click", () => go({ event: view.event + 1 }));
  byId("last").addEventListener("click", () => go({ event: current().records.length }));
  byId("earlier").addEventListener("click", () => go({ page: view.page - 1 }));
  byId("later").addEventListener("click", () => go({ page: view.page + 1 }));
  byId("gate").addEventListener("change", () => go({}));
  byId("predict").addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = document.querySelector("[name=guess]:checked");
    if (!chosen) {
      byId("ask").textContent = "Choose one first; a wrong guess costs nothing.";
      return;
    }
    byId("ask").textContent = "";
    predicted.set(question(), chosen.value);
    chosen.checked = false;
    go({});
    (byId("witness").hidden ? byId("verdict") : byId("witness")).focus({ preventScroll: true });
  });
  byId("witness").addEventListener("click", () => {
    go({ event: verdictNow(DATA.claims[0], current(), current().records.length)[1] });
    byId("next").focus({ preventScroll: true });
  });
  byId("exercise").addEventListener("click", startExercise);
  byId("stop").addEventListener("click", stopExercise);
  byId("file").addEventListener("change", (event) => open(event.target.files));
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("resize", drawStairs);
  window.addEventListener("hashchange", arrive);
}

/** Look at what the address says, at the conversation of its event if it names no message. */
function arrive() {
  readAddress();
  const { event, message } = view;
  go({ event });
  if (message) go({ message });
}

listen();
arrive();
