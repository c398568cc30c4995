-- +goose Up

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
