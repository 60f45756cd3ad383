/** One step per version of the file: step n takes version n to n + 1. Steps are never changed, only added. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE papers (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    summary TEXT,
    abstract TEXT,
    authors INTEGER,
    organisation TEXT,
    published_on TEXT NOT NULL,
    featured_on TEXT NOT NULL,
    comments INTEGER NOT NULL,
    added_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX papers_by_day ON papers (featured_on DESC, published_on DESC, id);

  CREATE TABLE lists (
    decision TEXT PRIMARY KEY,
    reader TEXT NOT NULL,
    items TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE reactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reader TEXT NOT NULL,
    paper TEXT NOT NULL REFERENCES papers (id),
    reaction TEXT NOT NULL CHECK (reaction IN ('upvote', 'love', 'dismiss', 'none')),
    decision TEXT,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX reactions_by_reader ON reactions (reader, paper, id);
  CREATE INDEX reactions_by_paper ON reactions (paper, reader, id);

  CREATE TABLE waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    entry TEXT NOT NULL
  ) STRICT;

  CREATE VIEW standing AS
    SELECT id, reader, paper, reaction, decision, at FROM reactions AS newest
    WHERE id = (SELECT max(id) FROM reactions AS other WHERE other.reader = newest.reader AND other.paper = newest.paper);
  `,
];
