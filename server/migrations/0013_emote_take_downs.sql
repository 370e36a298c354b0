-- Which take-down refuses a hash, so that it can be lifted whole. Two may refuse the same.

CREATE TABLE emote_refusals_of (
    hash       TEXT    NOT NULL,
    -- The take-down: the hash that the operator named. Of those from before only which belong together is known, by their time.
    taken_down TEXT    NOT NULL,
    -- Whether an animation that begins with the picture is taken.
    may_begin  INTEGER NOT NULL CHECK (may_begin IN (0, 1)),
    refused_at INTEGER NOT NULL,
    PRIMARY KEY (hash, taken_down)
) STRICT;

INSERT INTO emote_refusals_of (hash, taken_down, may_begin, refused_at)
SELECT hash, min(hash) OVER (PARTITION BY refused_at), 0, refused_at FROM emote_refusals;

DROP TABLE emote_refusals;
ALTER TABLE emote_refusals_of RENAME TO emote_refusals;

CREATE INDEX emote_refusals_by_take_down ON emote_refusals (taken_down);
