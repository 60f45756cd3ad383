import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { organisationName, readPage } from './page.ts';
import type { PagePaper } from './page.ts';

const text = readFileSync(new URL('fixtures/invented-page.txt', import.meta.url), 'utf8');

type Row = readonly [
  title: string,
  by: number | string,
  day: string,
  comments: number,
  first: string,
  last: string,
  paragraphs: number,
];
const expected: readonly Row[] = [
  ['Tidal Clocks: Scheduling Harbour Cranes by the Moon', 4, '2031-03-02', 6, 'Container ports', 'keep it.', 3],
  ['Ledger-GUI: Teaching Agents to Close the Books', 1, '2031-02-28', 0, 'Bookkeeping software', 'help twice.', 1],
  [
    'On x^{2/3} Regret: What a Gambler Learns from "Almost"',
    'Quill Feather Institute',
    '2031-02-27',
    1,
    'Near misses',
    'remove it.',
    1,
  ],
  [
    '• 12 authors: How Long Bylines Change What Reviewers Read',
    12,
    '2031-02-27',
    0,
    'Reviewers skim.',
    'the effect, and',
    1,
  ],
  [
    'Müller–Łukasiewicz Gates “in the Wild”: 三値 Logic for Cheap Sensors',
    3,
    '2031-02-26',
    14,
    'A sensor',
    'wet season.',
    1,
  ],
  ['Punctuation as Policy', 2, '2031-02-26', 0, 'Which mark', 'everywhere else.', 3],
  ['Feb 25, 2031', 'Ovenworks', '2031-02-25', 0, 'A data set', "today's weather.", 1],
  ['Why <b>Bold</b> Claims & "Quoted" Numbers Mislead Retrieval', 5, '2031-02-24', 2, 'Search engines', 'does so.', 1],
  [
    'Robots That Apologise:Repairing Trust after a Dropped Cup',
    'Hearthline Robotics Laboratory',
    '2031-02-24',
    0,
    'A household',
    'of regret.',
    1,
  ],
  ['Sleep Schedules for Diffusion Models', 6, '2031-02-23', 0, 'Training a', 'our runs.', 2],
  ['Bandits for Beekeepers', 1, '2031-02-22', 1, 'A hive', 'two summers.', 1],
  ['A Short Note', 8, '2031-02-01', 0, 'Yes.', 'Yes.', 1],
];

function asRow(paper: PagePaper, [, , , , first, last]: Row): Row {
  const { abstract } = paper;
  return [
    paper.title,
    paper.authors ?? paper.organisation ?? 'nobody',
    paper.publishedOn,
    paper.comments,
    abstract.slice(0, first.length),
    abstract.slice(-last.length),
    abstract.split('\n\n').length,
  ];
}

function rowsOf(page: string): Row[] {
  return readPage(page).papers.map((paper, index) => {
    const row = expected[index];
    if (row === undefined) throw new Error(`a thirteenth paper: ${paper.title}`);
    return asRow(paper, row);
  });
}

describe('readPage', () => {
  it('reads twelve papers with every irregularity', () => {
    expect(rowsOf(text)).toEqual(expected);
    expect(readPage(text).day).toEqual({ month: 3, day: 3, year: null });
  });

  it('reads the same from Windows and old Macintosh lines, a byte order mark, non-breaking spaces and closing empty lines', () => {
    expect(rowsOf(text.replaceAll('\n', '\r\n'))).toEqual(expected);
    expect(rowsOf(text.replaceAll('\n', '\r'))).toEqual(expected);
    expect(rowsOf(`\uFEFF${text}\n\n`)).toEqual(expected);
    expect(rowsOf(text.replaceAll('  • ', '\u00A0\u00A0•\u00A0'))).toEqual(expected);
  });

  it('keeps an abstract as it is: a lone middle dot, markup, one empty line between paragraphs', () => {
    const { papers } = readPage(text);
    expect(papers[5]?.abstract).toContain('written alone as\n\n·\n\nand reward it');
    expect(papers[7]?.abstract).toContain('<script>alert("cited")</script>');
    expect(papers[9]?.abstract).toContain('steps.\n\nThe schedule');
    expect(papers[11]?.abstract).toBe('Yes.');
  });

  it('takes a page whose day has its year and whose byline is missing', () => {
    const page = readPage('Daily Papers\n\nJan 6, 2026\n\nT\n\nA.\n\n• 1 author\n·\nJan 5, 2026\n');
    expect(page.day).toEqual({ month: 1, day: 6, year: 2026 });
    expect(page.papers[0]).toEqual({
      title: 'T',
      abstract: 'A.',
      authors: 1,
      organisation: null,
      publishedOn: '2026-01-05',
      comments: 0,
    });
  });
});

describe('organisationName', () => {
  it('drops the account from a badge only where the name repeats it', () => {
    expect(organisationName('AcmeAI Acme AI Laboratory')).toBe('Acme AI Laboratory');
    expect(organisationName('acme-ai Acme AI')).toBe('Acme AI');
    expect(organisationName('Institute of Tides')).toBe('Institute of Tides');
    expect(organisationName('Acme')).toBe('Acme');
  });
});

function pageOf(body: string): string {
  return `Daily Papers\n\nbyus\n\nJan 6\n\n${body}`;
}

describe('a text that is no such page', () => {
  const whole = 'T\n\nA.\n\n• 2 authors\n·\nJan 5, 2026\n';
  it.each<[string, string, number, RegExp]>([
    ['is empty', '', 1, /"Daily Papers" on a line of its own: it is the end of the text/],
    ['is something else', 'Dear editor,\n\nplease find enclosed', 1, /"Daily Papers".*it is "Dear editor,"/],
    ['has no day', 'Daily Papers\n\nbyus\n\nTitle\n', 5, /the day of the page, as "Jan 6": it is "Title"/],
    ['has a day that no calendar has', 'Daily Papers\n\nFeb 30\n', 3, /the day of the page/],
    ['has no papers', pageOf(''), 7, /the title of the first paper/],
    ['ends inside its first paper', pageOf('T\n\nA.\n\n• 2 authors\n'), 7, /the title of the first paper/],
    [
      'ends inside its second paper',
      pageOf(`${whole}\nU\n\nB.`),
      17,
      /the foot .* of the paper that starts at line 15: it is the end of the text/,
    ],
    [
      'has a foot without a title',
      pageOf(`${whole}\n• 2 authors\n·\nJan 5, 2026\n`),
      15,
      /the title of a paper: it is "• 2 authors"/,
    ],
    [
      'has a title without an abstract',
      pageOf(`${whole}\nU\n\n• 2 authors\n·\nJan 5, 2026\n`),
      17,
      /the abstract of the paper at line 15/,
    ],
    [
      'has a title that runs on',
      pageOf('T\nmore\n\nA.\n\n• 2 authors\n·\nJan 5, 2026\n'),
      8,
      /the empty line that follows a title: it is "more"/,
    ],
    [
      'counts authors in words',
      pageOf('T\n\nA.\n\n• two authors\n·\nJan 5, 2026\n'),
      11,
      /"• N authors" or the badge of an organisation: it is "• two authors"/,
    ],
    [
      'dates a paper to 31 April',
      pageOf('T\n\nA.\n\n• 2 authors\n·\nApr 31, 2026\n'),
      7,
      /the title of the first paper/,
    ],
  ])('%s: says where and what', (_, given, line, message) => {
    let thrown: unknown;
    try {
      readPage(given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'PageFormatError', line });
    expect(String(thrown)).toMatch(message);
  });
});
