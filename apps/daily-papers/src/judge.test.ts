import { beforeEach, describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import type { Word } from './judge.ts';
import { openPaperStore } from './store/store.ts';
import type { PaperStore } from './store/store.ts';

let store: PaperStore;

beforeEach(() => {
  store = openPaperStore(null);
  const papers = ['a', 'b', 'c', 'd'].map((id) => ({
    id,
    title: id,
    summary: null,
    abstract: null,
    authors: 1,
    organisation: null,
    publishedOn: '2026-01-01',
    featuredOn: '2026-01-02',
    comments: 0,
  }));
  store.putPapers(papers, 1);
  store.putList({ decision: 'first', reader: 'r', items: ['a', 'b', 'c'], at: 1 });
  store.putList({ decision: 'second', reader: 'r', items: ['c', 'b', 'a'], at: 2 });
  return () => store.close();
});

function say(word: Partial<Word>) {
  return judge(store, { reader: 'r', paper: 'b', reaction: 'love', decision: 'first', at: 9, ...word });
}

describe('judge', () => {
  it('judges the list that showed the paper, and says what the reader passed over', () => {
    expect(say({ paper: 'c' })).toEqual({
      reader: 'r',
      paper: 'c',
      reaction: 'love',
      decision: 'first',
      key: 'first:c:1',
      at: 9,
      passed: ['a', 'b'],
    });
    expect(store.standing('r').get('c')?.decision).toBe('first');
  });

  it('calls nothing passed over that the reader has a word on', () => {
    say({ paper: 'a' });
    expect(say({ paper: 'c' })?.passed).toEqual(['b']);
  });

  it('lets a change of mind judge the list of the first word, from wherever it is said', () => {
    say({});
    expect(say({ reaction: 'dismiss', decision: 'second' })).toMatchObject({
      decision: 'first',
      reaction: 'dismiss',
      passed: [],
    });
    expect(say({ reaction: 'none', decision: 'second' })).toMatchObject({
      decision: 'first',
      reaction: 'none',
      passed: [],
    });
    expect(say({ reaction: 'upvote', decision: 'second' })).toMatchObject({ decision: 'second', passed: ['c'] });
  });

  it('has nothing to say where the same word is said again', () => {
    expect(say({ reaction: 'none' })).toBeNull();
    say({});
    expect(say({})).toBeNull();
    expect(store.history('r')).toHaveLength(1);
  });

  it('judges no list that was not shown to this reader, or that did not hold the paper', () => {
    store.putList({ decision: 'theirs', reader: 's', items: ['a', 'b'], at: 1 });
    expect(say({ decision: 'theirs' })).toMatchObject({ decision: null, passed: [], key: 'r:b:1' });
    expect(say({ decision: 'first', paper: 'd' })).toMatchObject({ decision: null, passed: [] });
    expect(say({ decision: 'nowhere', paper: 'a' })).toMatchObject({ decision: null });
  });

  it('refuses papers that are not there', () => {
    expect(() => say({ paper: 'z' })).toThrow(/it is "z"/);
  });
});
