-- +goose Up

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
