/** A fenced block of TypeScript in a document or a docstring. */
export interface Fence {
  /** Words after the opening fence, `ts` first. */
  readonly words: readonly string[];
  readonly code: string;
  /** Line of the first line of code, counted from 1. */
  readonly line: number;
}

/** The fenced blocks of a Markdown text whose language is TypeScript, in order. */
export function typescriptFences(text: string): Fence[] {
  const fences: Fence[] = [];
  let open: { words: string[]; code: string[]; line: number; mark: string } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== null) {
      if (line.trim() === open.mark) {
        fences.push({ words: open.words, code: open.code.join('\n'), line: open.line });
        open = null;
      } else open.code.push(line);
      continue;
    }
    const start = /^\s*(`{3,})(.*)$/.exec(line);
    if (start === null) continue;
    open = { mark: start[1] ?? '```', words: (start[2] ?? '').trim().split(/\s+/), code: [], line: index + 2 };
  }
  return fences.filter((fence) => fence.words[0] === 'ts' || fence.words[0] === 'typescript');
}

interface DocstringLine {
  readonly text: string;
  readonly line: number;
}

/** The lines of each `@example` of a source's docstrings, without the tag itself and the stars. */
function exampleParts(source: string): DocstringLine[][] {
  const parts: DocstringLine[][] = [];
  let part: DocstringLine[] | null = null;
  let inDocstring = false;
  for (const [index, line] of source.split('\n').entries()) {
    if (/^\s*\/\*\*/.test(line)) inDocstring = true;
    if (inDocstring) {
      const text = line.replace(/^\s*(\/\*\*|\*(?!\/)) ?/, '').replace(/\s*\*\/\s*$/, '');
      if (text.startsWith('@example')) parts.push((part = []));
      else if (/^@\w/.test(text)) part = null;
      else part?.push({ text, line: index + 1 });
    }
    if (line.includes('*/')) {
      inDocstring = false;
      part = null;
    }
  }
  return parts;
}

/**
 * The fenced blocks of TypeScript under `@example` in the docstrings of a source. An example without a fence is an
 * illustration that leans on its surroundings: it is not checked.
 */
export function docstringFences(source: string): Fence[] {
  return exampleParts(source).flatMap((part) => {
    const first = part[0];
    if (first === undefined) return [];
    const text = part.map((line) => line.text).join('\n');
    return typescriptFences(text).map((fence) => ({ ...fence, line: fence.line + first.line - 1 }));
  });
}
