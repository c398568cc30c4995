-- +goose Up

-- What was changed, and by whom: a row for each change of a set or a key by a teacher, by an
-- administrator or by the server itself, and for each learner who took what is held about them
-- or had it erased. Written in the transaction of the change. Nothing is ever taken out.
CREATE TABLE audit (
    id       TEXT   PRIMARY KEY, -- begins with the time: newer ones sort last
    at       BIGINT NOT NULL,
    key_id   TEXT   NOT NULL, -- by which they came; '' for a learner, on the server's own machine, and for the server
    role     BIGINT NOT NULL, -- aula.v1.AccessKey.Role; 0 for the server itself
    name     TEXT   NOT NULL, -- of the key; '' where there is none
    address  TEXT   NOT NULL, -- they came from; '' where there is none, and for learners
    action   TEXT   NOT NULL,
    subject  TEXT   NOT NULL, -- a set, a key, or of a learner's id the SHA-256, shortened
    revision BIGINT NOT NULL  -- of the set; 0 for none
);
