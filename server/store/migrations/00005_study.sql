-- +goose Up

-- Who learns. What is known of them is in profile; whether a request made them in request_id.
CREATE TABLE learners (
    id         TEXT   PRIMARY KEY,
    profile    BYTEA  NOT NULL, -- aula.v1.Learner, deterministic wire form
    request_id TEXT   UNIQUE,   -- NULL where the client made none
    created_at BIGINT NOT NULL,
    seq        BIGINT NOT NULL DEFAULT 0 -- how far their log has come
);

-- A device's token is a key: that of a learner, with the device's name.
ALTER TABLE keys ADD COLUMN learner TEXT; -- NULL where it is a teacher's or an admin's
CREATE INDEX keys_learner ON keys (learner, id);

-- By which another device joins a learner, once.
CREATE TABLE join_codes (
    hash       BYTEA  PRIMARY KEY, -- SHA-256 of the code
    learner_id TEXT   NOT NULL UNIQUE REFERENCES learners (id),
    expires_at BIGINT NOT NULL
);

-- A learner's attempts: participant is then the learner.
CREATE INDEX attempts_participant ON attempts (participant);
-- The exams under way: mode is aula.v1.Attempt.EXAM.
CREATE INDEX attempts_exams ON attempts (participant, id) WHERE mode = 2 AND finished_at IS NULL;

-- How long a learner took, in milliseconds; 0 where that is not known.
ALTER TABLE answers ADD COLUMN duration BIGINT NOT NULL DEFAULT 0;

-- The log of what happened to a learner's cards: one row an event, appended once and never
-- changed. `counts_at` is when it happened, or when it arrived if its clock was ahead.
CREATE TABLE reviews (
    learner_id  TEXT   NOT NULL REFERENCES learners (id),
    id          TEXT   NOT NULL, -- a UUID, as the client made it
    seq         BIGINT NOT NULL, -- its place in the learner's log, by arrival
    device      TEXT   NOT NULL, -- that sent it; '' for the answer to a quiz
    set_id      TEXT   NOT NULL, -- '' for an undo
    question_id TEXT   NOT NULL,
    undoes      TEXT,            -- the id of the event taken back; NULL for all but an undo
    counts_at   BIGINT NOT NULL,
    study_day   BIGINT NOT NULL, -- days since 1970-01-01
    event       BYTEA  NOT NULL, -- aula.v1.ReviewEvent, deterministic wire form
    PRIMARY KEY (learner_id, id)
);
CREATE UNIQUE INDEX reviews_seq ON reviews (learner_id, seq);
CREATE INDEX reviews_card ON reviews (learner_id, set_id, question_id);
CREATE INDEX reviews_undoes ON reviews (learner_id, undoes) WHERE undoes IS NOT NULL;

-- What a learner's memory of a question is like: a fold of reviews, kept for reading. The
-- columns after state repeat what of it is looked for.
CREATE TABLE cards (
    learner_id  TEXT    NOT NULL REFERENCES learners (id),
    set_id      TEXT    NOT NULL,
    question_id TEXT    NOT NULL,
    state       BYTEA   NOT NULL, -- aula.v1.CardState, deterministic wire form
    phase       BIGINT  NOT NULL, -- aula.v1.CardState.Phase; 0 where every review was taken back
    due_at      BIGINT  NOT NULL,
    "interval"  BIGINT  NOT NULL, -- days
    first_day   BIGINT  NOT NULL,
    last_day    BIGINT  NOT NULL,
    lapses      BIGINT  NOT NULL,
    suspended   BOOLEAN NOT NULL,
    buried_day  BIGINT  NOT NULL DEFAULT 0, -- 0 for none
    version     BIGINT  NOT NULL, -- aula.v1.Scheduling.version it was worked out with
    seq         BIGINT  NOT NULL, -- the place in the learner's log at which it last changed
    head_at     BIGINT  NOT NULL, -- which event of those folded in comes last
    head_device TEXT    NOT NULL,
    head_seq    BIGINT  NOT NULL,
    head_id     TEXT    NOT NULL,
    PRIMARY KEY (learner_id, set_id, question_id)
);
-- What to study today is answered by these alone.
CREATE INDEX cards_due ON cards (learner_id, set_id, suspended, phase, due_at, question_id);
CREATE INDEX cards_changed ON cards (learner_id, seq);
CREATE INDEX cards_reviewed ON cards (learner_id, last_day, first_day, set_id, question_id);
CREATE INDEX cards_begun ON cards (learner_id, first_day);
CREATE INDEX cards_buried ON cards (learner_id, buried_day, set_id, question_id) WHERE buried_day > 0;

-- What was studied on a day: a fold of reviews, kept for reading.
CREATE TABLE study_days (
    learner_id TEXT   NOT NULL REFERENCES learners (id),
    day        BIGINT NOT NULL,
    reviews    BIGINT NOT NULL,
    duration   BIGINT NOT NULL, -- milliseconds, as far as known
    PRIMARY KEY (learner_id, day)
);

-- The ledger of freezes, which keep a streak alive over a day that was missed.
CREATE TABLE freezes (
    learner_id TEXT   NOT NULL REFERENCES learners (id),
    number     BIGINT NOT NULL, -- from 1
    date       TEXT   NOT NULL, -- the study day, such as 2026-11-25
    kind       BIGINT NOT NULL, -- aula.v1.FreezeEntry.Kind
    change     BIGINT NOT NULL,
    PRIMARY KEY (learner_id, number)
);
