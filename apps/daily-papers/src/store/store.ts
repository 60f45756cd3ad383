import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import type { Paper } from '../paper.ts';
import type { Reaction } from '../reaction.ts';
import { migrations } from './schema.ts';

/** A paper as it comes in; the store counts its upvotes. */
export type NewPaper = Omit<Paper, 'upvotes'>;

/** A list as it was shown to a reader, by the decision that ordered it. */
export interface ShownList {
  readonly decision: string;
  readonly reader: string;
  /** Ids of papers, first place first. */
  readonly items: readonly string[];
  readonly at: number;
}

/** One thing that a reader said. */
export interface ReactionRow {
  /** Counts up from 1 in the order in which things were said. */
  readonly id: number;
  readonly reader: string;
  readonly paper: string;
  readonly reaction: Reaction;
  /** The decision that showed the paper; `null` where none did. */
  readonly decision: string | null;
  readonly at: number;
}

/** The app's own memory: papers, the lists that were shown, and what readers said of them. */
export interface PaperStore {
  /** Adds papers; a paper that is there already takes the newer counts, and keeps its abstract, summary and first day. Times are epoch milliseconds. */
  putPapers(papers: readonly NewPaper[], at: number): { readonly added: number; readonly changed: number };
  paper(id: string): Paper | null;
  /** Newest day first; at most `most`. */
  papers(options?: { readonly featuredOn?: string | undefined; readonly most?: number | undefined }): Paper[];
  /** Days that have papers, newest first. */
  days(): { readonly day: string; readonly count: number }[];
  putList(list: ShownList): void;
  list(decision: string): ShownList | null;
  /** Adds a row; what was said before stays. */
  react(row: Omit<ReactionRow, 'id'>): ReactionRow;
  /** What a reader says of each paper now; `none` is left out. */
  standing(reader: string): Map<string, ReactionRow>;
  /** All that a reader ever said, oldest first. */
  history(reader: string): ReactionRow[];
  /** What could not be sent yet, as text by id. */
  readonly waiting: {
    /** Oldest first. */
    all(): string[];
    add(id: string, entry: string): void;
    remove(ids: readonly string[]): void;
  };
  close(): void;
}

const paperColumns = `
  papers.id, title, summary, abstract, authors, organisation, published_on AS publishedOn, featured_on AS featuredOn, comments,
  (SELECT count(*) FROM standing WHERE standing.paper = papers.id AND reaction IN ('upvote', 'love')) AS upvotes`;

/**
 * Opens the store in a folder, which is made where it is missing; `null` keeps everything in memory.
 *
 * @throws {Error} When the file was written by a newer version of the app.
 */
export function openPaperStore(folder: string | null): PaperStore {
  const database = openDatabase(folder);
  const run = (sql: string, ...values: SQLInputValue[]) => database.prepare(sql).run(...values);
  const all = (sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] =>
    database
      .prepare(sql)
      .all(...values)
      .map((row) => ({ ...row }));

  function putPaper(paper: NewPaper, at: number): boolean {
    const known = all('SELECT 1 FROM papers WHERE id = ?', paper.id).length > 0;
    run(
      `INSERT INTO papers (id, title, summary, abstract, authors, organisation, published_on, featured_on, comments, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         summary = coalesce(summary, excluded.summary), abstract = coalesce(excluded.abstract, abstract), authors = excluded.authors, organisation = excluded.organisation,
         published_on = excluded.published_on, featured_on = min(featured_on, excluded.featured_on), comments = max(comments, excluded.comments)`,
      paper.id,
      paper.title,
      paper.summary,
      paper.abstract,
      paper.authors,
      paper.organisation,
      paper.publishedOn,
      paper.featuredOn,
      paper.comments,
      at,
    );
    return !known;
  }

  return {
    putPapers(papers, at) {
      return inTransaction(database, () => {
        const added = papers.filter((paper) => putPaper(paper, at)).length;
        return { added, changed: papers.length - added };
      });
    },
    paper: (id) => all(`SELECT ${paperColumns} FROM papers WHERE papers.id = ?`, id).map(toPaper)[0] ?? null,
    papers({ featuredOn, most = 500 } = {}) {
      const where = featuredOn === undefined ? '' : 'WHERE featured_on = ?';
      const values = featuredOn === undefined ? [most] : [featuredOn, most];
      return all(
        `SELECT ${paperColumns} FROM papers ${where} ORDER BY featured_on DESC, published_on DESC, id LIMIT ?`,
        ...values,
      ).map(toPaper);
    },
    days: () =>
      all(
        'SELECT featured_on AS day, count(*) AS count FROM papers GROUP BY featured_on ORDER BY featured_on DESC',
      ).map((row) => ({ day: String(row.day), count: Number(row.count) })),
    putList({ decision, reader, items, at }) {
      run(
        'INSERT INTO lists (decision, reader, items, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        decision,
        reader,
        JSON.stringify(items),
        at,
      );
    },
    list: (decision) =>
      all('SELECT decision, reader, items, at FROM lists WHERE decision = ?', decision).map(toList)[0] ?? null,
    react(row) {
      const { lastInsertRowid } = run(
        'INSERT INTO reactions (reader, paper, reaction, decision, at) VALUES (?, ?, ?, ?, ?)',
        row.reader,
        row.paper,
        row.reaction,
        row.decision,
        row.at,
      );
      return { id: Number(lastInsertRowid), ...row };
    },
    standing: (reader) =>
      new Map(
        all(`SELECT * FROM standing WHERE reader = ? AND reaction <> 'none'`, reader)
          .map(toReaction)
          .map((row) => [row.paper, row]),
      ),
    history: (reader) => all('SELECT * FROM reactions WHERE reader = ? ORDER BY id', reader).map(toReaction),
    waiting: {
      all: () => all('SELECT entry FROM waiting ORDER BY number').map(({ entry }) => String(entry)),
      add: (id, entry) => void run('INSERT INTO waiting (id, entry) VALUES (?, ?) ON CONFLICT DO NOTHING', id, entry),
      remove(ids) {
        inTransaction(database, () => ids.forEach((id) => run('DELETE FROM waiting WHERE id = ?', id)));
      },
    },
    close: () => database.close(),
  };
}

function openDatabase(folder: string | null): DatabaseSync {
  if (folder !== null) mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(folder === null ? ':memory:' : join(folder, 'daily-papers.sqlite'));
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;',
  );
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > migrations.length) {
    database.close();
    throw new Error(
      `cannot open the papers, as the version of their file must be ${migrations.length} or less: it is ${version}, written by a newer Daily Papers`,
    );
  }
  for (const [step, sql] of migrations.entries()) {
    if (step < version) continue;
    inTransaction(database, () => database.exec(`${sql}; PRAGMA user_version = ${step + 1};`));
  }
  return database;
}

function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function toPaper(row: Record<string, unknown>): Paper {
  return {
    id: String(row.id),
    title: String(row.title),
    summary: textOrNull(row.summary),
    abstract: textOrNull(row.abstract),
    authors: row.authors === null ? null : Number(row.authors),
    organisation: textOrNull(row.organisation),
    publishedOn: String(row.publishedOn),
    featuredOn: String(row.featuredOn),
    comments: Number(row.comments),
    upvotes: Number(row.upvotes),
  };
}

function toList(row: Record<string, unknown>): ShownList {
  const items: unknown = JSON.parse(String(row.items));
  return {
    decision: String(row.decision),
    reader: String(row.reader),
    items: Array.isArray(items) ? items.map(String) : [],
    at: Number(row.at),
  };
}

function toReaction(row: Record<string, unknown>): ReactionRow {
  const { reaction } = row;
  return {
    id: Number(row.id),
    reader: String(row.reader),
    paper: String(row.paper),
    reaction: reaction === 'upvote' || reaction === 'love' || reaction === 'dismiss' ? reaction : 'none',
    decision: textOrNull(row.decision),
    at: Number(row.at),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
