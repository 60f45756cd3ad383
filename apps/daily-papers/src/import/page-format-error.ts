/** The text given is no saved page of daily papers: says at which line, what was expected there and what was found. */
export class PageFormatError extends Error {
  readonly line: number;
  readonly expected: string;
  readonly found: string;

  constructor(line: number, expected: string, found: string) {
    super(`cannot import this page, as line ${line} must be ${expected}: it is ${found}`);
    this.name = 'PageFormatError';
    this.line = line;
    this.expected = expected;
    this.found = found;
  }
}
