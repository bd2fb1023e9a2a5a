-- Concurrently: writes go on while it is built, for minutes where there are many messages. Room and author are part of it, so that a
-- search reads what stands in the rooms of whoever asks, not what the whole server said. Storing a message only appends to the
-- pending list, which a task of the server moves into the index (lib/domain/search-index.ts); the limit is for when none does.
CREATE INDEX CONCURRENTLY "Message_search_idx" ON "Message"
  USING gin ("roomId", "userId", message_search("content", "type")) WITH (gin_pending_list_limit = 32768)
  WHERE "deletedAt" IS NULL AND "type" <> 'system';
