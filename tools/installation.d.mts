export function meetsVersion(version: string, least: string): boolean;
export function isInstalled(root: string): boolean;
export function pinnedNodeVersion(root: string): string;
