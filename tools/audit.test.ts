import { expect, test } from 'vitest';
import { readAudit } from './audit.ts';

test('packages with a high or critical vulnerability are named, others are not', () => {
  const vulnerabilities = {
    one: { severity: 'high' },
    two: { severity: 'moderate' },
    three: { severity: 'critical' },
  };
  expect(readAudit(JSON.stringify({ auditReportVersion: 2, vulnerabilities }))).toEqual({
    vulnerable: ['one (high)', 'three (critical)'],
  });
  expect(readAudit('{"auditReportVersion":2,"vulnerabilities":{}}')).toEqual({ vulnerable: [] });
});

test('a registry that cannot tell is skipped, with its reason', () => {
  expect(readAudit('{"message":"405 Method Not Allowed","statusCode":405,"error":{"summary":""}}')).toEqual({
    skipped: '405 Method Not Allowed',
  });
  expect(readAudit('{"error":{"code":"ENOAUDIT","summary":""}}')).toEqual({ skipped: 'ENOAUDIT' });
  for (const text of ['', 'null', '<html>'])
    expect(readAudit(text)).toEqual({ skipped: 'npm audit printed no report' });
});
