import { afterAll, expect, test } from 'vitest';
import { openApi } from './testing/api.ts';
import { testDecisionRoutes } from './testing/decision-routes.ts';
import { testFeedbackRoutes } from './testing/feedback-routes.ts';
import { testHoldingRoutes } from './testing/holding-routes.ts';
import { testLoopRoutes } from './testing/loop-routes.ts';
import { testOperatorRoutes } from './testing/operator-routes.ts';
import { testRefusals } from './testing/refusals.ts';

// One server for all of them, so that the last test sees every operation that was called.
const opened = await openApi();
const { api, server } = opened;
afterAll(() => opened.close());

testDecisionRoutes(opened);
testFeedbackRoutes(opened);
testLoopRoutes(opened);
testHoldingRoutes(opened);
testRefusals(opened);
testOperatorRoutes(opened);

/** Operations with a test file of their own: `experiments.test.ts` and `evaluations.test.ts`. */
const elsewhere = /\/(experiments|candidate|evidence|dry-run|evaluations)\b/;

test('the document is served, and every operation in it was called here but those with a file of their own and the stream of events', async () => {
  expect((await server.inject({ url: '/openapi.json' })).json()).toMatchObject({ openapi: '3.1.0' });
  expect([...api.left].filter((operation) => !elsewhere.test(operation))).toEqual(['GET /v1/events']);
});
