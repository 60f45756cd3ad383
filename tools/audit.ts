// Fails where a package that Heed needs at run time has a known vulnerability of level high or critical: `npm run test:audit`.
// A registry without an endpoint for this is no failure; why nothing was asked is printed.
import { spawnSync } from 'node:child_process';
import { workspace } from './processes.ts';

export type AuditResult =
  /** Packages, each with its level. */
  { readonly vulnerable: readonly string[] } | { readonly skipped: string };

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
  readonly message?: string;
  readonly error?: { readonly code?: string; readonly summary?: string };
}

const grave = new Set(['high', 'critical']);

if (import.meta.main) {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], {
    cwd: workspace,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 120_000,
  });
  const result = error === undefined ? readAudit(stdout) : { skipped: error.message };
  if ('skipped' in result)
    console.log(`audit: skipped, as the registry must tell of vulnerabilities: ${result.skipped}`);
  else if (result.vulnerable.length === 0) console.log('audit: no known vulnerability of level high or critical');
  else {
    console.log(`audit: ${result.vulnerable.join(', ')} (npm audit --omit=dev says more)`);
    process.exitCode = 1;
  }
}

/** Reads what `npm audit --json` prints: a report, or why there is none. */
export function readAudit(text: string): AuditResult {
  const report = parse(text);
  if (report === null) return { skipped: 'npm audit printed no report' };
  if (report.vulnerabilities === undefined) {
    const { error = {}, message } = report;
    return { skipped: message || error.summary || error.code || 'npm audit printed no report' };
  }
  const found = Object.entries(report.vulnerabilities).filter(([, { severity }]) => grave.has(severity));
  return { vulnerable: found.map(([name, { severity }]) => `${name} (${severity})`) };
}

function parse(text: string): Report | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}
