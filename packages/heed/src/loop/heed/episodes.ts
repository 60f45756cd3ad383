import type { Episode, Part } from '../../spec/index.ts';
import type { ListOptions, Page } from './pages.ts';

export interface Episodes {
  start(request: {
    loop: string;
    task: string;
    seed?: string | undefined;
    parent?: string | undefined;
    participants?: Episode['participants'] | undefined;
    idempotencyKey?: string | undefined;
  }): Promise<Episode>;
  end(
    id: string,
    request: { status: 'terminated' | 'truncated' | 'abandoned'; finalObservation?: readonly Part[] | undefined },
  ): Promise<Episode>;
  get(id: string): Promise<Episode>;
  list(options?: ListOptions): Promise<Page<Episode>>;
}
