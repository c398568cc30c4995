-- +goose Up

-- A published set. Its content is in revisions; `revision` names the current one.
CREATE TABLE sets (
    id       TEXT   PRIMARY KEY,
    revision BIGINT NOT NULL
);

-- What a set said at one time. Never changed once written.
CREATE TABLE revisions (
    set_id       TEXT   NOT NULL REFERENCES sets (id),
    revision     BIGINT NOT NULL,
    digest       TEXT   NOT NULL, -- SHA-256 of content, hex
    content      BYTEA  NOT NULL, -- aula.v1.QuestionSet, deterministic wire form
    published_at BIGINT NOT NULL, -- unix milliseconds, as every *_at
    PRIMARY KEY (set_id, revision)
);

-- One way through a revision. `participant` is whoever the standing belongs to: the
-- learner, or for a guest the attempt itself.
CREATE TABLE attempts (
    id             TEXT   PRIMARY KEY,
    set_id         TEXT   NOT NULL,
    revision       BIGINT NOT NULL,
    participant    TEXT   NOT NULL,
    nickname       TEXT   NOT NULL,
    language       TEXT   NOT NULL,
    mode           BIGINT NOT NULL, -- aula.v1.Attempt.Mode
    cards          BOOLEAN NOT NULL, -- whether every question is shown as a card
    seed           BIGINT NOT NULL, -- of every order the attempt shows
    question_count BIGINT NOT NULL,
    request_id     TEXT   UNIQUE,   -- NULL where the client made none
    started_at     BIGINT NOT NULL,
    finished_at    BIGINT,          -- NULL while in progress
    FOREIGN KEY (set_id, revision) REFERENCES revisions (set_id, revision)
);

-- The log: one row an answer or a hint, appended once and never changed.
CREATE TABLE answers (
    attempt_id  TEXT   NOT NULL REFERENCES attempts (id),
    question_id TEXT   NOT NULL,
    try         BIGINT NOT NULL, -- from 1
    request_id  TEXT   NOT NULL,
    answer      BYTEA  NOT NULL, -- aula.v1.Answer, deterministic wire form
    language    TEXT   NOT NULL, -- in which it was read
    verdict     BIGINT NOT NULL, -- aula.v1.Outcome.Verdict
    hints       BIGINT NOT NULL, -- how many were revealed before
    certainty   BIGINT NOT NULL, -- aula.v1.Certainty
    fraction    DOUBLE PRECISION NOT NULL, -- the credit the question has from here on
    points      BIGINT NOT NULL, -- what this answer adds to the attempt's points
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id, try),
    UNIQUE (attempt_id, request_id)
);

CREATE TABLE hints (
    attempt_id  TEXT   NOT NULL REFERENCES attempts (id),
    question_id TEXT   NOT NULL,
    number      BIGINT NOT NULL, -- from 1
    revealed_at BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id, number)
);

-- A participant's best finished attempt at a set: a fold of answers, kept for reading.
CREATE TABLE standings (
    set_id      TEXT   NOT NULL REFERENCES sets (id),
    participant TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    points      BIGINT NOT NULL,
    max_points  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    tie         BIGINT NOT NULL, -- orders equal points finished in the same millisecond
    PRIMARY KEY (set_id, participant)
);

CREATE INDEX standings_order ON standings (set_id, points DESC, finished_at, tie);

-- +goose Down
DROP TABLE standings;
DROP TABLE hints;
DROP TABLE answers;
DROP TABLE attempts;
DROP TABLE revisions;
DROP TABLE sets;
