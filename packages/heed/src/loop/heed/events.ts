/** Something that happened, as told to operators' pages. */
export interface HeedEvent {
  readonly type: 'decision' | 'feedback' | 'artifact' | 'release' | 'experiment' | 'subjectState' | 'job';
  readonly loop: string | null;
  readonly id: string;
  readonly at: string;
}
