import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { listFiles, type Findings, type Problem } from './files.ts';

/** Source files behind the `exports` of every package: what a user can import. */
function publicEntries(root: string): string[] {
  return listFiles(root, ['packages/*/package.json']).flatMap((file) => {
    const { exports = {} } = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
      exports?: Record<string, unknown>;
    };
    return Object.values(exports).flatMap((entry) => {
      const source =
        entry !== null && typeof entry === 'object' && 'heed-source' in entry ? entry['heed-source'] : null;
      return typeof source === 'string' ? [join(dirname(file), source)] : [];
    });
  });
}

function isFunctionValue(declaration: ts.Declaration, checker: ts.TypeChecker): boolean {
  if (ts.isFunctionDeclaration(declaration)) return true;
  return ts.isVariableDeclaration(declaration) && checker.getTypeAtLocation(declaration).getCallSignatures().length > 0;
}

function hasDocstring(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== '';
}

interface Exported {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly declaration: ts.Declaration;
}

/** The functions, and the public methods of the classes, that a symbol brings into a public module. */
function callables(symbol: ts.Symbol, checker: ts.TypeChecker): Exported[] {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return [];
  if (isFunctionValue(declaration, checker)) return [{ name: symbol.name, symbol, declaration }];
  if (!ts.isClassDeclaration(declaration)) return [];
  const methods = declaration.members.filter((member) => ts.isMethodDeclaration(member));
  return methods.flatMap((method) => {
    const hidden =
      ts.isPrivateIdentifier(method.name) ||
      (ts.getCombinedModifierFlags(method) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
    const found = hidden ? undefined : checker.getSymbolAtLocation(method.name);
    return found === undefined ? [] : [{ name: `${symbol.name}.${found.name}`, symbol: found, declaration: method }];
  });
}

function exportsOf(entry: ts.SourceFile, checker: ts.TypeChecker): Exported[] {
  const module = checker.getSymbolAtLocation(entry);
  if (module === undefined) return [];
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const original = (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
    return callables(original, checker);
  });
}

/** Finds public functions and methods without a docstring. */
export function checkDocstrings(root: string): Findings {
  const entries = publicEntries(root);
  const present = entries.filter((entry) => existsSync(join(root, entry)));
  const program = ts.createProgram(
    present.map((entry) => join(root, entry)),
    {
      target: ts.ScriptTarget.Latest,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      customConditions: ['heed-source'],
      skipLibCheck: true,
      noEmit: true,
    },
  );
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Symbol>();
  const problems: Problem[] = [];
  for (const entry of present) {
    const source = program.getSourceFile(join(root, entry));
    if (source === undefined) throw new Error(`cannot check docstrings, as ${entry} must be readable: it is not`);
    for (const { name, symbol, declaration } of exportsOf(source, checker)) {
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      const home = declaration.getSourceFile();
      if (home.fileName.includes('/node_modules/') || hasDocstring(symbol, checker)) continue;
      const line = home.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
      const file = relative(root, home.fileName).split(sep).join('/');
      problems.push({ file, line, message: `${name} is public and must have a docstring: it has none` });
    }
  }
  const missing = entries.filter((entry) => !existsSync(join(root, entry)));
  return {
    problems: [
      ...problems,
      ...missing.map((file) => ({
        file,
        line: 1,
        message: 'is named by the exports of its package and must exist: it does not',
      })),
    ],
    notes: [`${seen.size} public functions`],
  };
}
