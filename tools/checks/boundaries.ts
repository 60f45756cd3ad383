import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { boundaryRules, conditionNames, cruiseOptions } from './boundary-rules.ts';
import { listFiles, sourcePatterns, type Findings } from './files.ts';

const rulesFile = 'tools/checks/boundary-rules.ts';

async function cruiseSources(root: string, files: string[]): Promise<ICruiseResult> {
  const options = { ...cruiseOptions, baseDir: root, validate: true, ruleSet: { forbidden: boundaryRules } };
  const { output } = await cruise(files, options, { conditionNames });
  if (typeof output === 'string')
    throw new TypeError('cannot check boundaries, as the result must be an object: it is a text');
  return output;
}

/**
 * Finds imports that cross a boundary. A cruise that saw fewer modules than there are source files proves nothing
 * (a parser that does not know the syntax sees none): that is a problem too.
 */
export async function checkBoundaries(root: string): Promise<Findings> {
  const files = listFiles(root, sourcePatterns);
  const { modules, summary } = await cruiseSources(root, files);
  const sources = new Set(files);
  const seen = modules.filter((module) => sources.has(module.source));
  const imports = seen.reduce((sum, module) => sum + module.dependencies.length, 0);
  const problems = summary.violations.map(({ from, to, rule }) => {
    const reason = boundaryRules.find(({ name }) => name === rule.name)?.comment ?? rule.name;
    return { file: from, line: 1, message: `imports ${to}: ${reason}` };
  });
  if (seen.length < files.length || (files.length > 1 && imports === 0)) {
    const message = `the check must see all ${files.length} source files and their imports: it saw ${seen.length} modules and ${imports} imports`;
    problems.push({ file: rulesFile, line: 1, message });
  }
  return { problems, notes: [`saw ${seen.length} modules of ${files.length} source files, ${imports} imports`] };
}
