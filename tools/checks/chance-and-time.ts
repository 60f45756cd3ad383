import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import ts from 'typescript';
import { isTest, listFiles, sourcePatterns, type Findings, type Problem } from './files.ts';

/** Where chance and time come in from the outside: everything else is given a seed and a clock. */
const edges: readonly string[] = ['packages/*/src/cli/**', 'apps/*/src/main.ts'];

const forbidden: Readonly<Record<string, string>> = {
  'Math.random': 'pass a seed in',
  'Date.now': 'pass a clock in',
};

function accessedName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return `${node.expression.getText()}.${node.name.text}`;
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return `${node.expression.getText()}.${node.argumentExpression.text}`;
  }
  return undefined;
}

/** `clock = Date.now` and `options.clock ?? Date.now`: the clock of callers who pass none. It is handed on, not read. */
function isDefaultClock(node: ts.Node): boolean {
  const { parent } = node;
  if ((ts.isBindingElement(parent) || ts.isParameter(parent)) && parent.initializer === node)
    return /\bclock$/.test(parent.name.getText());
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.QuestionQuestionToken) return false;
  return parent.right === node && /\bclock$/.test(parent.left.getText());
}

function isDate(node: ts.Expression): boolean {
  return ts.isIdentifier(node) && node.text === 'Date';
}

/** What is wrong with this node alone, if anything. */
function complaint(node: ts.Node): string | undefined {
  const name = accessedName(node)?.replace(/^globalThis\./, '');
  if (name !== undefined && Object.hasOwn(forbidden, name) && !(name === 'Date.now' && isDefaultClock(node))) {
    return `${name} is for the edge only: ${forbidden[name]}`;
  }
  if (ts.isNewExpression(node) && isDate(node.expression) && (node.arguments?.length ?? 0) === 0) {
    return 'new Date() without an argument is for the edge only: pass a clock in';
  }
  if (ts.isCallExpression(node) && isDate(node.expression)) return 'Date() is for the edge only: pass a clock in';
  return undefined;
}

function problemsOf(file: string, text: string): Problem[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const problems: Problem[] = [];
  const visit = (node: ts.Node): void => {
    const message = complaint(node);
    if (message !== undefined) {
      problems.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, message });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

/** Finds reads of the machine's clock and chance outside the edge. Tests may read the clock, but not roll dice. */
export function checkChanceAndTime(root: string): Findings {
  const files = listFiles(root, sourcePatterns).filter((file) => !edges.some((edge) => matchesGlob(file, edge)));
  const problems = files.flatMap((file) => {
    const found = problemsOf(file, readFileSync(join(root, file), 'utf8'));
    return isTest(file) ? found.filter((problem) => problem.message.startsWith('Math.random')) : found;
  });
  return { problems, notes: [`${files.length} files`] };
}
