import { expect, test } from 'vitest';
import { guardRequest } from './guard.ts';

const loopback = { loopbackOnly: true, allowedOrigins: [] };

function guarded(headers: Record<string, string>, options = loopback, config: { crossOrigin?: boolean } = {}): string {
  try {
    guardRequest({ headers, routeOptions: { config } } as unknown as Parameters<typeof guardRequest>[0], options);
    return 'passes';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each(['localhost', 'localhost:4333', '127.0.0.1:4333', '127.8.0.1', '[::1]:4333', 'heed.localhost:80'])(
  'the loopback name %s passes',
  (host) => {
    expect(guarded({ host })).toBe('passes');
  },
);

test.each(['example.org', '127.0.0.1.example.org', 'localhost.example.org', '192.168.0.7:4333', '0.0.0.0', '', 'a b'])(
  'the name %j does not: DNS may be made to say anything',
  (host) => {
    expect(guarded({ host })).toBe('forbidden');
  },
);

test('a server for everyone answers to any name', () => {
  expect(guarded({ host: 'example.org' }, { ...loopback, loopbackOnly: false })).toBe('passes');
});

test('pages of this server may ask, those of another site may not', () => {
  const host = 'localhost:4333';
  expect(guarded({ host, 'origin': 'http://localhost:4333', 'sec-fetch-site': 'same-origin' })).toBe('passes');
  expect(guarded({ host, origin: 'http://localhost:5173' })).toBe('forbidden');
  expect(guarded({ host, origin: 'https://evil.example' })).toBe('forbidden');
  expect(guarded({ host, origin: 'null' })).toBe('forbidden');
  expect(guarded({ host, 'sec-fetch-site': 'cross-site' })).toBe('forbidden');
  expect(guarded({ host, 'sec-fetch-site': 'none' })).toBe('passes');
});

test('an allowed origin passes, and so does any on an open route', () => {
  const headers = { host: 'localhost', origin: 'https://shop.example' };
  expect(guarded(headers, { ...loopback, allowedOrigins: ['https://shop.example'] as never[] })).toBe('passes');
  expect(guarded(headers, loopback, { crossOrigin: true })).toBe('passes');
  expect(guarded({ ...headers, host: 'evil.example' }, loopback, { crossOrigin: true })).toBe('forbidden');
});
