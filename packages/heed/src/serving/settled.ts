import { isHeedError } from '../spec/index.ts';
import { toProblem } from './problem.ts';
import type { Problem } from './replies.ts';

interface Refused {
  readonly status: 'refused';
  readonly problem: Problem;
}

/**
 * Does the work for each request, and says for each how it went.
 *
 * @throws the error of the first request where none went through and trying again may help: the caller should.
 */
export async function eachSettled<Request, Result>(
  requests: readonly Request[],
  log: (line: string) => void,
  work: (request: Request, place: number) => Promise<Result>,
): Promise<(Result | Refused)[]> {
  const settled = await Promise.allSettled(requests.map(work));
  const errors = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (errors.length === requests.length && errors.every((error) => isHeedError(error) && error.retryable))
    throw errors[0];
  for (const error of errors)
    if (!isHeedError(error)) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return settled.map((each) =>
    each.status === 'fulfilled' ? each.value : { status: 'refused', problem: toProblem(each.reason) },
  );
}
