-- Whether somebody is named to others in the lists of who is here, and when they last said so, later each time: a room that
-- was not told finds it here.
ALTER TABLE accounts ADD COLUMN listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1));
ALTER TABLE accounts ADD COLUMN listed_at INTEGER;

CREATE INDEX accounts_by_listed ON accounts (listed_at) WHERE listed_at IS NOT NULL;
