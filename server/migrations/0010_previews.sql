-- What the page says of itself that a message links to, as JSON, as the API has it. Emptied when the message is deleted.
ALTER TABLE room_messages ADD COLUMN preview TEXT;
