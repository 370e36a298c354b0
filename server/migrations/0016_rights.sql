-- What each moderator may do: JSON, as the API has it. What is absent they may.
ALTER TABLE room_moderators ADD COLUMN rights TEXT NOT NULL DEFAULT '{}';
