import type { Artifact, EvaluationReport, Loop, Release } from '../../spec/index.ts';
import type { DryRun } from '../dry-run.ts';
import type { CandidateStatus } from '../releasing.ts';
import type { ListOptions, Page } from './pages.ts';

/** A loop and what serves it now. */
export interface LoopStatus {
  readonly loop: Loop;
  readonly serving: Release | null;
  readonly artifact: Artifact | null;
}

/** Who puts what into service, and why. */
export interface ReleaseRequest {
  readonly by: string;
  readonly why: string;
  /** The same key gives the release first made with it. */
  readonly idempotencyKey?: string | undefined;
}

/** Who does something that can be done once only, and why. */
export type Reason = Pick<ReleaseRequest, 'by' | 'why'>;

/** The policies that were made, and what serves. */
export interface Artifacts {
  get(id: string): Promise<Artifact>;
  list(options?: ListOptions): Promise<Page<Artifact>>;
  releases(loop: string): Promise<Release[]>;
  promote(id: string, request: ReleaseRequest): Promise<Release>;
  /** Puts back what served before the artifact that serves now. */
  rollback(loop: string, request: ReleaseRequest): Promise<Release>;
}

/** How new policies come into service. */
export interface Releases<Name extends string> {
  /** What is on its way into service, with what it has shown so far; `null` where nothing is. */
  candidate(loop: Name): Promise<CandidateStatus | null>;
  /** Takes the next step now, where the gates allow one. A worker does this all the time. */
  advance(loop: Name): Promise<Release | null>;
  /** Takes what is on its way into service one stage on, whatever its gate says. */
  pass(loop: Name, request: Reason): Promise<Release>;
  /** Sends back what is on its way into service. */
  reject(loop: Name, request: Reason): Promise<Release>;
  /** What a policy would have done in place of the newest decisions; nothing is changed. */
  dryRun(artifact: string, options?: { readonly decisions?: number | undefined }): Promise<DryRun>;
  /** What a step was taken on. */
  evidence(release: string): Promise<EvaluationReport>;
}
