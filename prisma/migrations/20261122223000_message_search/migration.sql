-- How the words of messages are found; the index over them is the next migration. Written by hand: Prisma's schema knows neither
-- text search configurations nor functions, and its comparison passes over them.

-- Part of PostgreSQL's own extensions, and ones that the owner of a database may install.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Words as they are written, in whatever language: no stemming, no words left out, only case and accents make no difference.
CREATE TEXT SEARCH CONFIGURATION parley (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION parley
  ALTER MAPPING FOR word, asciiword, hword, asciihword, hword_part, hword_asciipart, numword, numhword, hword_numpart
  WITH unaccent, simple;

-- Chinese, Japanese and Korean text becomes a word a character, because nothing stands between its words. A query goes the same way,
-- so that several characters are a phrase. The bodies are bound to what they name now, whatever the search path is later.
CREATE FUNCTION search_text(content text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN octet_length(content) = length(content) THEN content
    ELSE regexp_replace(
      content,
      '([\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])',
      ' \1 ',
      'g'
    )
  END;

-- What the index holds of a message: its words, and what `has:` asks for, in a form that no word has.
CREATE FUNCTION message_search(content text, type "MessageType") RETURNS tsvector IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN type = 'text' AND position('://' IN content) = 0 THEN to_tsvector('parley'::regconfig, search_text(content))
    ELSE to_tsvector('parley'::regconfig, search_text(content)) || array_to_tsvector(array_remove(ARRAY[
      CASE WHEN content ~* 'https?://' THEN 'has:link' END,
      CASE WHEN type = 'image' THEN 'has:image' END,
      CASE WHEN type IN ('file', 'image', 'voice') THEN 'has:file' END,
      CASE WHEN type = 'voice' THEN 'has:voice' END,
      CASE WHEN type = 'poll' THEN 'has:poll' END
    ], NULL))
  END;
