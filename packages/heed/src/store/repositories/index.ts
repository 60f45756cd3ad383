import type { HotServices } from '../hot.ts';
import type { Executor } from '../transaction.ts';
import { createActivationRepository } from './activation.ts';
import type { ActivationRepository } from './activation.ts';
import { createArtifactRepository } from './artifact.ts';
import type { ArtifactRepository } from './artifact.ts';
import { createAssignmentRepository } from './assignment.ts';
import type { AssignmentRepository } from './assignment.ts';
import { createBlobRepository } from './blob.ts';
import type { BlobRepository } from './blob.ts';
import { createDatasetRepository } from './dataset.ts';
import type { DatasetRepository } from './dataset.ts';
import { createDecisionRepository } from './decision.ts';
import type { DecisionRepository } from './decision.ts';
import { createEpisodeRepository } from './episode.ts';
import type { EpisodeRepository } from './episode.ts';
import { createEvaluationReportRepository } from './evaluation-report.ts';
import type { EvaluationReportRepository } from './evaluation-report.ts';
import { createFeedbackRepository } from './feedback.ts';
import type { FeedbackRepository } from './feedback.ts';
import { createJobRepository } from './job.ts';
import type { JobRepository } from './job.ts';
import { createLoopRepository } from './loop.ts';
import type { LoopRepository } from './loop.ts';
import { createReleaseRepository } from './release.ts';
import type { ReleaseRepository } from './release.ts';
import { createSettingRepository } from './setting.ts';
import type { SettingRepository } from './setting.ts';
import { createSignalRepository } from './signal.ts';
import type { SignalRepository } from './signal.ts';
import { createSubjectStateRepository } from './subject-state.ts';
import type { SubjectStateRepository } from './subject-state.ts';

export interface Repositories {
  readonly activations: ActivationRepository;
  readonly artifacts: ArtifactRepository;
  readonly assignments: AssignmentRepository;
  readonly blobs: BlobRepository;
  readonly datasets: DatasetRepository;
  readonly decisions: DecisionRepository;
  readonly episodes: EpisodeRepository;
  readonly evaluationReports: EvaluationReportRepository;
  readonly feedback: FeedbackRepository;
  readonly jobs: JobRepository;
  readonly loops: LoopRepository;
  readonly releases: ReleaseRepository;
  readonly settings: SettingRepository;
  readonly signals: SignalRepository;
  readonly subjectStates: SubjectStateRepository;
}

/** One repository per record, over one database. */
export function createRepositories(database: Executor, services: HotServices): Repositories {
  const blobs = createBlobRepository(database);
  return {
    activations: createActivationRepository(database, services),
    artifacts: createArtifactRepository(database, blobs),
    assignments: createAssignmentRepository(database),
    blobs,
    datasets: createDatasetRepository(database),
    decisions: createDecisionRepository(database, services),
    episodes: createEpisodeRepository(database),
    evaluationReports: createEvaluationReportRepository(database),
    feedback: createFeedbackRepository(database, services),
    jobs: createJobRepository(database),
    loops: createLoopRepository(database),
    releases: createReleaseRepository(database),
    settings: createSettingRepository(database),
    signals: createSignalRepository(database),
    subjectStates: createSubjectStateRepository(database, blobs),
  };
}
