import type { Heed } from '../loop/index.ts';
import { createServer } from './server.ts';

/** The API's document, made from the routes alone: nothing runs behind them. */
export async function openApiDocument(): Promise<{ [key: string]: unknown }> {
  const heed: Partial<Heed> = {
    personalizer: { loop: '', multiSlotLoop: '', feedback: '', rewardAggregation: 'first' },
  };
  const server = await createServer({ heed: heed as Heed });
  await server.ready();
  const document = server.swagger() as unknown as { [key: string]: unknown };
  await server.close();
  return document;
}
