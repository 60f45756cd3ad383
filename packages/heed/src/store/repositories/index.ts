import type { HotServices } from '../hot.ts';
import type { Executor } from '../transaction.ts';
import { createActivationRepository } from './activation.ts';
import type { ActivationRepository } from './activation.ts';
import { createArtifactRepository } from './artifact.ts';
import type { ArtifactRepository } from './artifact.ts';
import { createAssignmentRepository } from './assignment.ts';
import type { AssignmentRepository } from './assignment.ts';
import { createAuditRepository } from './audit.ts';
import type { AuditRepository } from './audit.ts';
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
import { createExperimentRepository } from './experiment.ts';
import type { ExperimentRepository } from './experiment.ts';
import { createFeedbackRepository } from './feedback.ts';
import type { FeedbackRepository } from './feedback.ts';
import { createItemRepository } from './item.ts';
import type { ItemRepository } from './item.ts';
import { createJobRepository } from './job.ts';
import type { JobRepository } from './job.ts';
import { createKeyRepository } from './key.ts';
import type { KeyRepository } from './key.ts';
import { createLoopRepository } from './loop.ts';
import type { LoopRepository } from './loop.ts';
import { createOutcomeRepository } from './outcome.ts';
import type { OutcomeRepository } from './outcome.ts';
import { createReleaseRepository } from './release.ts';
import type { ReleaseRepository } from './release.ts';
import { createSettingRepository } from './setting.ts';
import type { SettingRepository } from './setting.ts';
import { createSignalRepository } from './signal.ts';
import type { SignalRepository } from './signal.ts';
import { createSubjectStateRepository } from './subject-state.ts';
import type { SubjectStateRepository } from './subject-state.ts';
import { createSubjectRepository } from './subject.ts';
import type { SubjectRepository } from './subject.ts';

export interface Repositories {
  readonly activations: ActivationRepository;
  readonly artifacts: ArtifactRepository;
  readonly assignments: AssignmentRepository;
  readonly audits: AuditRepository;
  readonly blobs: BlobRepository;
  readonly datasets: DatasetRepository;
  readonly decisions: DecisionRepository;
  readonly episodes: EpisodeRepository;
  readonly evaluationReports: EvaluationReportRepository;
  readonly experiments: ExperimentRepository;
  readonly feedback: FeedbackRepository;
  readonly items: ItemRepository;
  readonly jobs: JobRepository;
  readonly keys: KeyRepository;
  readonly loops: LoopRepository;
  readonly outcomes: OutcomeRepository;
  readonly releases: ReleaseRepository;
  readonly settings: SettingRepository;
  readonly signals: SignalRepository;
  readonly subjectStates: SubjectStateRepository;
  readonly subjects: SubjectRepository;
}

/** One repository per record, over one database. */
export function createRepositories(database: Executor, services: HotServices): Repositories {
  const { keys } = services;
  const blobs = createBlobRepository(database, keys);
  return {
    activations: createActivationRepository(database, services),
    artifacts: createArtifactRepository(database, blobs),
    assignments: createAssignmentRepository(database, services),
    audits: createAuditRepository(database),
    blobs,
    datasets: createDatasetRepository(database),
    decisions: createDecisionRepository(database, services),
    episodes: createEpisodeRepository(database),
    evaluationReports: createEvaluationReportRepository(database),
    experiments: createExperimentRepository(database),
    feedback: createFeedbackRepository(database, services),
    items: createItemRepository(database),
    jobs: createJobRepository(database),
    keys: createKeyRepository(database),
    loops: createLoopRepository(database),
    outcomes: createOutcomeRepository(database),
    releases: createReleaseRepository(database),
    settings: createSettingRepository(database),
    signals: createSignalRepository(database),
    subjectStates: createSubjectStateRepository(database, blobs, keys),
    subjects: createSubjectRepository(database, keys),
  };
}
