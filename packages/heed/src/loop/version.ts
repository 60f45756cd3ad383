import manifest from '../../package.json' with { type: 'json' };

/** The version of this code, kept in every artifact's lineage. */
export const codeVersion: string = manifest.version;
