import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

const stages = ['feedback', 'signal', 'learner', 'policy', 'evaluation'];
const shared = ['spec', 'math'];

/** What each folder of packages/heed/src may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  spec: [],
  math: [],
  ...Object.fromEntries(stages.map((stage) => [stage, shared])),
  store: shared,
  // The client's types are those of a configuration, which loop/ defines: see the rule `client-takes-types`.
  client: [...shared, 'loop'],
  environments: shared,
  loop: [...shared, ...stages, 'store'],
  serving: [...shared, 'loop', 'client'],
  cli: [...shared, 'loop', 'store', 'client', 'serving'],
};

// Tests may reach across: a learner's test makes decisions with a policy, in an environment.
const test = String.raw`\.test\.ts$|/testing[^/]*(/|\.ts$)`;
const library = 'packages/heed/src';

const folderRules: IForbiddenRuleType[] = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `${folder}/ may import ${allowed.length === 0 ? 'no other folder of ours' : `${allowed.join(', ')} only`}`,
  severity: 'error',
  from: { path: `^${library}/${folder}/`, pathNot: test },
  to: { path: `^${library}/`, pathNot: `^${library}/(${[folder, ...allowed].join('|')})/` },
}));

/** Which folder may import which, with the reason that is printed where one does not keep to it. */
export const boundaryRules: IForbiddenRuleType[] = [
  ...folderRules,
  {
    name: 'spec-needs-zod-alone',
    comment: 'spec/ may import no package but zod',
    severity: 'error',
    from: { path: `^${library}/spec/`, pathNot: test },
    to: { path: 'node_modules/', pathNot: 'node_modules/zod/' },
  },
  {
    name: 'math-needs-nothing',
    comment: 'math/ may import no package but the seeded generator pure-rand, and nothing of Node',
    severity: 'error',
    from: { path: `^${library}/math/`, pathNot: test },
    to: { dependencyTypes: ['npm', 'core'], pathNot: 'node_modules/pure-rand/' },
  },
  {
    name: 'client-runs-in-browsers',
    comment: 'client/ may import types alone from packages, and nothing of Node',
    severity: 'error',
    from: { path: `^${library}/client/`, pathNot: test },
    to: { dependencyTypes: ['npm', 'core'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'client-takes-types',
    comment: 'client/ may take types alone from loop/',
    severity: 'error',
    from: { path: `^${library}/client/`, pathNot: test },
    to: { path: `^${library}/loop/`, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'apps-use-the-client',
    comment: 'an app is an outside program: it talks to heed/client; only its configuration and main.ts start a server',
    severity: 'error',
    from: { path: '^apps/[^/]+/', pathNot: String.raw`${test}|\.config\.ts$|/main\.ts$` },
    to: { path: '^packages/', pathNot: `^${library}/client/index\\.ts$`, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'apps-use-public-modules',
    comment: 'an app may import what the package exports, and nothing behind it',
    severity: 'error',
    from: { path: '^apps/[^/]+/', pathNot: test },
    to: { path: '^packages/', pathNot: ['^packages/[^/]+/src/index\\.ts$', '^packages/[^/]+/src/[^/]+/index\\.ts$'] },
  },
  {
    name: 'tests-stay-outside',
    comment: 'what is shipped may not import a test or a helper of tests',
    severity: 'error',
    from: { path: '^(packages|apps)/', pathNot: test },
    to: { path: `${test}|^tools/` },
  },
  {
    name: 'declared-packages',
    comment: 'a package that is imported must be in the dependencies of the package.json beside it',
    severity: 'error',
    from: { path: '^(packages|apps)/', pathNot: test },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-cycles',
    comment: 'modules may not import one another in a circle (types may)',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'resolvable',
    comment: 'what is imported must exist',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** Conditions under which `heed/client` and its like lead to a source file. */
export const conditionNames = ['heed-source', 'import', 'node', 'types', 'default'];

/** How imports are found: by the sources, with those of types marked as such. */
export const cruiseOptions: ICruiseOptions = {
  tsPreCompilationDeps: 'specify',
  doNotFollow: { path: 'node_modules' },
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames },
};
