import helmet from '@fastify/helmet';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { securityHeaders } from './security-headers.ts';

test('the headers are those of helmet, with a policy for answers that are no pages', async () => {
  const [bare, guarded] = [fastify(), fastify()];
  const contentSecurityPolicy = {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  };
  await guarded.register(helmet, { contentSecurityPolicy, strictTransportSecurity: false });
  const [without, all] = await Promise.all([bare.inject('/'), guarded.inject('/')]);
  const said = Object.entries(all.headers).filter(([name]) => !(name in without.headers));
  expect(Object.fromEntries(securityHeaders)).toEqual(Object.fromEntries(said));
});
