-- How often each word occurs. PostgreSQL gathers that of the search index, too, but looks it up only for an index without WHERE;
-- without it each word counts as one of 200 messages, and a rare word is looked for by way of all messages of one's rooms. Costs
-- ANALYZE some seconds at most, and a stored message nothing. ANALYZE at once, because the next by itself may be weeks away.
CREATE STATISTICS "Message_search_statistics" ON (message_search("content", "type")) FROM "Message";
ANALYZE "Message";
