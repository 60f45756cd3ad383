export * from './off-policy/index.ts';
export * from './diagnostics/index.ts';
