-- +goose Up

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
