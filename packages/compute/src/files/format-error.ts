/** A file that is not what it should be: cut short, damaged, hostile, or of a kind that is not read here. */
export class FileFormatError extends Error {
  override readonly name = 'FileFormatError';
  readonly code = 'bad_file';
}
