import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { openPaperStore } from './store.ts';
import type { NewPaper, PaperStore } from './store.ts';

const folders: string[] = [];
const open: PaperStore[] = [];

function store(at: string | null = null): PaperStore {
  const opened = openPaperStore(at);
  open.push(opened);
  return opened;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'papers-'));
  folders.push(made);
  return made;
}

function paper(id: string, more: Partial<NewPaper> = {}): NewPaper {
  return {
    id,
    title: id,
    summary: null,
    abstract: null,
    authors: 2,
    organisation: null,
    publishedOn: '2026-01-05',
    featuredOn: '2026-01-06',
    comments: 0,
    ...more,
  };
}

afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe('papers', () => {
  it('come back newest day first, and by day', () => {
    const papers = store();
    papers.putPapers(
      [paper('old', { featuredOn: '2026-01-05' }), paper('b', { publishedOn: '2025-01-01' }), paper('a')],
      1,
    );
    expect(papers.papers().map(({ id }) => id)).toEqual(['a', 'b', 'old']);
    expect(papers.papers({ featuredOn: '2026-01-05' }).map(({ id }) => id)).toEqual(['old']);
    expect(papers.papers({ most: 1 })).toHaveLength(1);
    expect(papers.days()).toEqual([
      { day: '2026-01-06', count: 2 },
      { day: '2026-01-05', count: 1 },
    ]);
    expect(papers.paper('nowhere')).toBeNull();
  });

  it('imported again keep summary, abstract and first day, and take the newer counts', () => {
    const papers = store();
    expect(papers.putPapers([paper('a', { summary: 'ours', comments: 3 })], 1)).toEqual({ added: 1, changed: 0 });
    expect(
      papers.putPapers([paper('a', { abstract: 'theirs', featuredOn: '2026-01-09', comments: 5 }), paper('b')], 2),
    ).toEqual({ added: 1, changed: 1 });
    papers.putPapers([paper('a', { comments: 4 })], 3);
    expect(papers.paper('a')).toMatchObject({
      summary: 'ours',
      abstract: 'theirs',
      featuredOn: '2026-01-06',
      comments: 5,
    });
  });

  it('come in together or not at all', () => {
    const papers = store();
    const broken = { ...paper('b'), title: Symbol('no text') as unknown as string };
    expect(() => papers.putPapers([paper('a'), broken], 1)).toThrow(/cannot be bound/);
    expect(papers.papers()).toEqual([]);
  });
});

describe('reactions', () => {
  it('stand until the reader says another thing, and stay in the history', () => {
    const papers = store();
    papers.putPapers([paper('a'), paper('b')], 1);
    papers.react({ reader: 'r', paper: 'a', reaction: 'upvote', decision: 'd1', at: 1 });
    papers.react({ reader: 'r', paper: 'a', reaction: 'love', decision: 'd1', at: 2 });
    papers.react({ reader: 'r', paper: 'b', reaction: 'dismiss', decision: null, at: 3 });
    expect([...papers.standing('r')].map(([id, row]) => [id, row.reaction, row.decision])).toEqual([
      ['a', 'love', 'd1'],
      ['b', 'dismiss', null],
    ]);
    papers.react({ reader: 'r', paper: 'a', reaction: 'none', decision: 'd1', at: 4 });
    expect([...papers.standing('r').keys()]).toEqual(['b']);
    expect(papers.history('r').map((row) => row.reaction)).toEqual(['upvote', 'love', 'dismiss', 'none']);
    expect(papers.standing('someone else').size).toBe(0);
  });

  it('count as upvotes, one per reader, while they are an upvote or love', () => {
    const papers = store();
    papers.putPapers([paper('a')], 1);
    const say = (reader: string, reaction: 'upvote' | 'love' | 'dismiss' | 'none') =>
      papers.react({ reader, paper: 'a', reaction, decision: null, at: 1 });
    const upvotes = () => papers.paper('a')?.upvotes;
    say('r', 'upvote');
    say('r', 'love');
    say('s', 'upvote');
    say('t', 'dismiss');
    expect(upvotes()).toBe(2);
    say('s', 'none');
    expect(upvotes()).toBe(1);
    say('r', 'dismiss');
    expect(upvotes()).toBe(0);
  });

  it('of a paper that is not there are refused', () => {
    expect(() => store().react({ reader: 'r', paper: 'nowhere', reaction: 'love', decision: null, at: 1 })).toThrow(
      /FOREIGN KEY/,
    );
  });
});

describe('what waits', () => {
  it('comes back in the order in which it was added, each thing once', () => {
    const { waiting } = store();
    waiting.add('b', 'first');
    waiting.add('a', 'second');
    waiting.add('b', 'again');
    expect(waiting.all()).toEqual(['first', 'second']);
    waiting.remove(['b', 'nothing']);
    expect(waiting.all()).toEqual(['second']);
  });
});

describe('the file', () => {
  it('keeps papers, lists and reactions', () => {
    const at = folder();
    const first = store(at);
    first.putPapers([paper('a')], 1);
    first.putList({ decision: 'd', reader: 'r', items: ['a'], at: 2 });
    first.react({ reader: 'r', paper: 'a', reaction: 'love', decision: 'd', at: 3 });
    const second = store(at);
    expect(second.paper('a')?.upvotes).toBe(1);
    expect(second.list('d')).toEqual({ decision: 'd', reader: 'r', items: ['a'], at: 2 });
    expect(second.list('e')).toBeNull();
  });

  it('of a newer version is left alone', () => {
    const at = folder();
    store(at);
    const database = new DatabaseSync(join(at, 'daily-papers.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openPaperStore(at)).toThrow(/must be 1 or less: it is 99/);
  });
});
