-- A database of schema 5, as Aula made it then, with a few rows of everything. What is bytes is written as SQLite has it.

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

-- A set belongs to the teacher whose key loaded it first (keys.teacher), or to the server:
-- ''. Its `revision` is the one that learners get; 0 where there are only drafts.
ALTER TABLE sets ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE sets ADD COLUMN archived_at BIGINT; -- NULL while it is in the catalogue

-- `digest` names what learners get, source_digest what the author wrote: '' where it is not
-- known. `shipped` are those that the server has made by itself, of a set that comes with it.
-- head and question_count are NULL where nobody has counted yet.
ALTER TABLE revisions ADD COLUMN source_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN author TEXT NOT NULL DEFAULT '';  -- the name of their key
ALTER TABLE revisions ADD COLUMN file TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN restored_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE revisions ADD COLUMN draft BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE revisions ADD COLUMN shipped BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE revisions ADD COLUMN question_count BIGINT;
ALTER TABLE revisions ADD COLUMN head BYTEA; -- aula.v1.QuestionSet with its title and language alone

-- Until now only the server has published.
UPDATE revisions SET shipped = TRUE;

-- What says who a caller is. The secret itself is kept nowhere.
CREATE TABLE keys (
    id         TEXT   PRIMARY KEY, -- begins with the time: newer ones sort last
    role       BIGINT NOT NULL,    -- aula.v1.AccessKey.Role
    name       TEXT   NOT NULL,
    teacher    TEXT   NOT NULL,    -- the id of their first key
    hash       BYTEA  NOT NULL,    -- SHA-256 of the secret
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- Pictures and sounds. Their content is in contents.
CREATE TABLE media (
    digest       TEXT   PRIMARY KEY,
    content_type TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    kept_at      BIGINT NOT NULL
);

-- Which of them the content of a revision refers to. Written before the revision is.
CREATE TABLE content_media (
    digest TEXT NOT NULL, -- of the revision's content
    media  TEXT NOT NULL,
    PRIMARY KEY (digest, media)
);
CREATE INDEX content_media_media ON content_media (media);

-- Abandoned content is looked for by its age, and without reading what it says.
CREATE INDEX contents_kept ON contents (kept_at, digest, part);

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

INSERT INTO sets (id, revision, owner, archived_at) VALUES ('birds', 2, '06h00000000teach', 1763900009999);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 0, X'0a056269726473120d0a02656e120742697264732031120e0a026573120850c3a16a61726f732202656e3a450a047772656e1a1a0a02656e', 1763900000000);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 1, X'12145768696368206269726420697320736d616c6c3f1a210a026573121bc2bf5175c3a92070c3a16a61726f206573207065717565c3b16f3f', 1763900000000);
INSERT INTO revisions (set_id, revision, digest, published_at, shipped) VALUES ('birds', 1, '1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 1763900000000, TRUE);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('34d4f913b6593bf0f7aa43ecf384fd3c794144fbf0ee0b8bd24d954fd2e995d5', 0, X'0a056269726473120d0a02656e120742697264732032120e0a026573120850c3a16a61726f732202656e3a450a047772656e1a1a0a02656e12145768696368206269726420697320736d616c6c3f1a210a026573121bc2bf5175c3a92070c3a16a61726f206573207065717565c3b16f3f', 1763900000001);
INSERT INTO revisions (set_id, revision, digest, published_at, source_digest, author, file, restored_from, draft, question_count, head)
    VALUES ('birds', 2, '34d4f913b6593bf0f7aa43ecf384fd3c794144fbf0ee0b8bd24d954fd2e995d5', 1763900000001, '1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 'Ana Quispe', 'birds.yaml', 0, FALSE, 1, X'0a056269726473120d0a02656e120742697264732031120e0a026573120850c3a16a61726f732202656e');
INSERT INTO contents (digest, part, content, kept_at) VALUES ('a491969081448d46a1045c80fe1f816f28a25cd97fbc49ba28f7d0d6a0045b88', 0, X'0a056269726473120d0a02656e120742697264732033120e0a026573120850c3a16a61726f732202656e3a450a047772656e1a1a0a02656e12145768696368206269726420697320736d616c6c3f1a210a026573121bc2bf5175c3a92070c3a16a61726f206573207065717565c3b16f3f', 1763900000002);
INSERT INTO revisions (set_id, revision, digest, published_at, source_digest, author, file, restored_from, draft, question_count, head)
    VALUES ('birds', 3, 'a491969081448d46a1045c80fe1f816f28a25cd97fbc49ba28f7d0d6a0045b88', 1763900000002, '1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 'Ana Quispe', 'birds.yaml', 1, TRUE, 1, X'0a056269726473120d0a02656e120742697264732031120e0a026573120850c3a16a61726f732202656e');
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
INSERT INTO keys (id, role, name, teacher, hash, created_at, expires_at, revoked_at) VALUES ('06h00000000teach', 1, 'Ana Quispe', '06h00000000teach', X'00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff', 1763900000000, NULL, NULL);
INSERT INTO keys (id, role, name, teacher, hash, created_at, expires_at, revoked_at) VALUES ('06h00000001teach', 1, 'Ana Quispe', '06h00000000teach', X'01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe01fe', 1763900000001, 1763900000002, 1763900000003);
INSERT INTO contents (digest, part, content, kept_at) VALUES ('ffdb519b788f33bddc8647611c3a24cc5e1a9ef5780c1f6f828a637c309ad8f1', 0, X'89504e4700ff', 1763900000000);
INSERT INTO media (digest, content_type, size, kept_at) VALUES ('ffdb519b788f33bddc8647611c3a24cc5e1a9ef5780c1f6f828a637c309ad8f1', 'image/png', 6, 1763900000000);
INSERT INTO content_media (digest, media) VALUES ('1849d9412b9b9464841c606c5748be6f5efc9fc7c87470fc396b250e0e327445', 'ffdb519b788f33bddc8647611c3a24cc5e1a9ef5780c1f6f828a637c309ad8f1');
INSERT INTO learners (id, profile, request_id, created_at, seq)
    VALUES ('06LEARNER', X'0a0930364c4541524e4552120a45766120c391757374611a0565732d45432a11416d65726963612f47756179617175696c38144a0b19cdccccccccccec3f3801520b08e0f48bc9061080c2d72f', '5c1ff0a8-0000-4000-8000-000000000009', 1763900000100, 22);
INSERT INTO keys (id, role, name, teacher, hash, created_at, expires_at, revoked_at, learner)
    VALUES ('06h00000002phone', 1, 'teléfono', '', X'00ff01fe', 1763900000100, NULL, NULL, '06LEARNER');
INSERT INTO join_codes (hash, learner_id, expires_at)
    VALUES (X'00ff07', '06LEARNER', 1763900060100);
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0001', 1, 'key-06LEARNER', 'aves', 'q1', NULL, 1800025200123, 20833, X'0a1430364c4541524e45522d6576656e742d303030311204617665731a02713120012a0b08f0e8a8da0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08f0e8a8da0610c0a9d33ab001e1a201b80102ca01060880c3a5da065002');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0002', 3, 'key-06LEARNER', 'aves', 'q0', NULL, 1800050400123, 20833, X'0a1430364c4541524e45522d6576656e742d303030321204617665731a02713020022a0b08e0adaada0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08e0adaada0610c0a9d33ab001e1a201b80103ca01060880c3a5da065003');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0003', 5, 'key-06LEARNER', 'aves', 'q1', NULL, 1800075600123, 20834, X'0a1430364c4541524e45522d6576656e742d303030331204617665731a02713120032a0b08d0f2abda0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08d0f2abda0610c0a9d33ab001e2a201b80104ca01060880e6aada065004');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0004', 7, 'key-06LEARNER', 'aves', 'q0', NULL, 1800100800123, 20834, X'0a1430364c4541524e45522d6576656e742d303030341204617665731a02713020042a0b08c0b7adda0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08c0b7adda0610c0a9d33ab001e2a201b80101ca01060880e6aada065001');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0005', 9, 'key-06LEARNER', 'aves', 'q1', NULL, 1800126000123, 20834, X'0a1430364c4541524e45522d6576656e742d303030351204617665731a02713120052a0b08b0fcaeda0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08b0fcaeda0610c0a9d33ab001e2a201b80102ca01060880e6aada065002');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0006', 11, 'key-06LEARNER', 'aves', 'q0', NULL, 1800151200123, 20835, X'0a1430364c4541524e45522d6576656e742d303030361204617665731a02713020062a0b08a0c1b0da0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08a0c1b0da0610c0a9d33ab001e3a201b80103ca0106088089b0da065003');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0007', 13, 'key-06LEARNER', 'aves', 'q1', NULL, 1800176400123, 20835, X'0a1430364c4541524e45522d6576656e742d303030371204617665731a02713120072a0b089086b2da0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b089086b2da0610c0a9d33ab001e3a201b80104ca0106088089b0da065004');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0008', 15, 'key-06LEARNER', 'aves', 'q0', NULL, 1800201600123, 20835, X'0a1430364c4541524e45522d6576656e742d303030381204617665731a02713020082a0b0880cbb3da0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b0880cbb3da0610c0a9d33ab001e3a201b80101ca0106088089b0da065001');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0009', 17, 'key-06LEARNER', 'aves', 'q1', NULL, 1800226800123, 20835, X'0a1430364c4541524e45522d6576656e742d303030391204617665731a02713120092a0b08f08fb5da0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08f08fb5da0610c0a9d33ab001e3a201b80102ca0106088089b0da065002');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0010', 19, 'key-06LEARNER', '', '', '06LEARNER-event-0009', 1800252000123, 20836, X'0a1430364c4541524e45522d6576656e742d30303130200a2a0b08e0d4b6da0610c0a9d33a3a03555443a2010d6b65792d30364c4541524e4552aa010b08e0d4b6da0610c0a9d33ab001e4a201ca01060880acb5da06621430364c4541524e45522d6576656e742d30303039');
INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
    VALUES ('06LEARNER', '06LEARNER-event-0011', 21, 'key-06LEARNER', 'aves', 'q1', NULL, 1800277200123, 20836, X'0a1430364c4541524e45522d6576656e742d303031311204617665731a027131200b2a0b08d099b8da0610c0a9d33a320808011080cab5ee013a03555443a2010d6b65792d30364c4541524e4552aa010b08d099b8da0610c0a9d33ab001e4a201b80104ca01060880acb5da065004');
INSERT INTO cards (learner_id, set_id, question_id, state, phase, due_at, "interval", first_day, last_day, lapses, suspended, buried_day, version, seq, head_at, head_device, head_seq, head_id)
    VALUES ('06LEARNER', 'aves', 'q1', X'0a04617665731202713118023a0b08908ab9da0610c0a9d33a48e1a20150e4a2016005880101', 2, 1800291600123, 0, 20833, 20836, 0, FALSE, 0, 1, 22, 1800277200123, 'key-06LEARNER', 11, '06LEARNER-event-0011');
INSERT INTO cards (learner_id, set_id, question_id, state, phase, due_at, "interval", first_day, last_day, lapses, suspended, buried_day, version, seq, head_at, head_device, head_seq, head_id)
    VALUES ('06LEARNER', 'aves', 'q0', X'0a04617665731202713018023a0b0890e7b3da0610c0a9d33a48e1a20150e3a20160046802880101', 2, 1800205200123, 0, 20833, 20835, 2, FALSE, 0, 1, 16, 1800201600123, 'key-06LEARNER', 8, '06LEARNER-event-0008');
INSERT INTO study_days (learner_id, day, reviews, duration)
    VALUES ('06LEARNER', 20833, 2, 3000);
INSERT INTO study_days (learner_id, day, reviews, duration)
    VALUES ('06LEARNER', 20834, 3, 4500);
INSERT INTO study_days (learner_id, day, reviews, duration)
    VALUES ('06LEARNER', 20835, 3, 4500);
INSERT INTO study_days (learner_id, day, reviews, duration)
    VALUES ('06LEARNER', 20836, 1, 1500);
INSERT INTO freezes (learner_id, number, date, kind, change)
    VALUES ('06LEARNER', 1, '2025-11-23', 1, 1);
