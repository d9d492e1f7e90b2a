/* Two people, Ana (0) and Ben (1), and one app, which they write with and grant their mailboxes to: how many states are
 * there, and how many steps between them? The world of the search, written down for an engine that is not ours.
 *
 * A person is a process that is always at the head of its loop, and each step is one d_step, one transition of SPIN's.
 * So the states differ in the variables alone. Reads are left out: they change none of them.
 */

#ifndef MESSAGES
#define MESSAGES 3 /* so many are sent at most; there is room for 3 */
#endif

#define SET(person)      (1 << (person))
#define IN(person, set)  (((set) >> (person)) & 1)
#define EVERYBODY        (SET(0) | SET(1))

typedef Message {
    byte author;
    byte recipients; /* a set of people, as bits */
    byte thread;
    byte answers;    /* the message that this is a reply to, counted from 1; 0 if it is none */
    bool via;        /* whether it was written with the app */
    bool labelled    /* whether somebody put the app's label on it */
}

Message sent[3];
byte messages;

byte members[3]; /* of each thread: everybody who wrote or was written to in it */
byte threads;

byte granted;      /* who grants the app their mailbox now */
byte ever_granted; /* ... and who ever did */

#define ROOM         (messages < MESSAGES)
#define HOLDS(m)     ((m) < messages && (sent[m].author == _pid || IN(_pid, sent[m].recipients)))
#define MEMBER(t)    ((t) < threads && IN(_pid, members[t]))
#define NEW_THREAD   threads
#define NO_MESSAGE   0

inline send(to, in, reply_to, with_app) {
    sent[messages].author = _pid;
    sent[messages].recipients = to;
    sent[messages].thread = in;
    sent[messages].answers = reply_to;
    sent[messages].via = with_app;
    members[in] = members[in] | SET(_pid) | to;
    messages++
}

inline grant() {
    d_step { !IN(_pid, granted) -> granted = granted | SET(_pid); ever_granted = ever_granted | SET(_pid) }
}

inline revoke() {
    d_step { IN(_pid, granted) -> granted = granted & ~SET(_pid) }
}

inline compose(with_app) {
    d_step { ROOM -> send(EVERYBODY & ~SET(_pid), NEW_THREAD, NO_MESSAGE, with_app); threads++ }
}

inline continue_via(t) {
    d_step { ROOM && MEMBER(t) -> send(members[t] & ~SET(_pid), t, NO_MESSAGE, true) }
}

inline reply(m) {
    d_step { ROOM && HOLDS(m) -> send(members[sent[m].thread] & ~SET(_pid), sent[m].thread, m + 1, false) }
}

inline label(m) {
    d_step { HOLDS(m) && !sent[m].labelled -> sent[m].labelled = true }
}

active [2] proctype Person() {
    do
    :: grant()
    :: revoke()
    :: compose(false)
    :: compose(true)
    :: continue_via(0)
    :: continue_via(1)
    :: continue_via(2)
    :: reply(0)
    :: reply(1)
    :: reply(2)
    :: label(0)
    :: label(1)
    :: label(2)
    od
}
