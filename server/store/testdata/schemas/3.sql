-- A database of schema 3, as Aula made it then, with a few rows of everything. What is bytes is written as SQLite has it.

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

-- What revisions say, in parts that are small enough to be written one at a time. Content
-- without a revision is being published, or was when its writer died.
CREATE TABLE contents (
    digest  TEXT   NOT NULL, -- SHA-256 of all parts together, hex
    part    BIGINT NOT NULL, -- from 0
    content BYTEA  NOT NULL, -- aula.v1.QuestionSet, deterministic wire form
    kept_at BIGINT NOT NULL,
    PRIMARY KEY (digest, part)
);

INSERT INTO contents (digest, part, content, kept_at)
SELECT digest, 0, content, published_at FROM revisions WHERE true
ON CONFLICT (digest, part) DO NOTHING;

ALTER TABLE revisions DROP COLUMN content;

-- An answer's key is the request that brought it: one index to write to instead of two.
-- That tries are counted without gaps follows from the log being written under the
-- attempt's lock.
CREATE TABLE answer_log (
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
    PRIMARY KEY (attempt_id, request_id)
);

INSERT INTO answer_log (attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at)
SELECT attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at
FROM answers ORDER BY answered_at;

DROP TABLE answers;
ALTER TABLE answer_log RENAME TO answers;

INSERT INTO sets (id, revision) VALUES ('birds', 2);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 0, X'0a056269726473120d0a02656e120742697264732031120e0a026573120850c3a16a61726f732202656e3a450a047772656e1a1a0a02656e', 1763900000000);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 1, X'12145768696368206269726420697320736d616c6c3f1a210a026573121bc2bf5175c3a92070c3a16a61726f206573207065717565c3b16f3f', 1763900000000);
INSERT INTO revisions (set_id, revision, digest, published_at) VALUES ('birds', 1, '1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 1763900000000);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('34d4f913b6593bf0f7aa43ecf384fd3c794144fbf0ee0b8bd24d954fd2e995d5', 0, X'0a056269726473120d0a02656e120742697264732032120e0a026573120850c3a16a61726f732202656e3a450a047772656e1a1a0a02656e12145768696368206269726420697320736d616c6c3f1a210a026573121bc2bf5175c3a92070c3a16a61726f206573207065717565c3b16f3f', 1763900000001);
INSERT INTO revisions (set_id, revision, digest, published_at) VALUES ('birds', 2, '34d4f913b6593bf0f7aa43ecf384fd3c794144fbf0ee0b8bd24d954fd2e995d5', 1763900000001);
INSERT INTO attempts (id, set_id, revision, participant, nickname, language, mode, cards, seed, question_count, request_id, started_at, finished_at)
    VALUES ('01GUEST', 'birds', 1, '01GUEST', 'Luz', 'es-EC', 2, FALSE, -9223372036854775808, 1, '5c1ff0a8-0000-4000-8000-000000000001', 1763900000010, 1763900000090);
INSERT INTO attempts (id, set_id, revision, participant, nickname, language, mode, cards, seed, question_count, request_id, started_at, finished_at)
    VALUES ('01ANOTHER', 'birds', 2, '01ANOTHER', 'Ñusta', 'es', 1, TRUE, 7, 1, NULL, 1763900000020, 1763900000095);
INSERT INTO attempts (id, set_id, revision, participant, nickname, language, mode, cards, seed, question_count, request_id, started_at, finished_at)
    VALUES ('01UNDERWAY', 'birds', 2, '01UNDERWAY', 'Eva', 'en', 1, FALSE, 9, 1, NULL, 1763900000030, NULL);
INSERT INTO answers (attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at)
    VALUES ('01GUEST', 'wren', 1, 'r1', X'62090a0763c3b36e646f72', 'es', 3, 0, 2, 0, 0, 1763900000040);
INSERT INTO answers (attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at)
    VALUES ('01GUEST', 'wren', 2, 'r2', X'62060a047772656e', 'es', 1, 1, 2, 0.3333333333333333, 3, 1763900000050);
INSERT INTO answers (attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at)
    VALUES ('01ANOTHER', 'wren', 1, 'r1', X'62060a047772656e', 'en', 1, 0, 0, 1, 10, 1763900000060);
INSERT INTO answers (attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at)
    VALUES ('01UNDERWAY', 'wren', 1, 'r1', X'6200', 'en', 3, 0, 0, 0, 0, 1763900000070);
INSERT INTO hints (attempt_id, question_id, number, revealed_at) VALUES ('01GUEST', 'wren', 1, 1763900000045);
INSERT INTO hints (attempt_id, question_id, number, revealed_at) VALUES ('01GUEST', 'wren', 2, 1763900000055);
INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie) VALUES ('birds', '01GUEST', 'Luz', 3, 10, 1763900000090, 3671982243482892930);
INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie) VALUES ('birds', '01ANOTHER', 'Ñusta', 10, 10, 1763900000095, 2750784244156970556);
