export * from './off-policy/index.ts';
export * from './diagnostics/index.ts';
export * from './experiment/index.ts';
export * from './release/index.ts';
export * from './generations/index.ts';
