import { createHash } from 'node:crypto';

const dayMs = 86_400_000;

/** The time in a UUIDv7, in milliseconds since 1970. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The smallest UUID of a moment: every UUIDv7 made at or after `timeMs` is larger. */
export function smallestIdAt(timeMs: number): string {
  const digits = Math.max(0, Math.floor(timeMs)).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
}

/** Days since 1970, in UTC. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / dayMs);
}

/** The first moment of a day. */
export function startOfDay(day: number): number {
  return day * dayMs;
}

/** 128 bits of SHA-256 over the parts, as a UUID: a key of fixed length for texts of any length. */
export function digestOf(...parts: string[]): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${Buffer.byteLength(part)}:`).update(part);
  const hexadecimal = digest.digest('hex');
  return [
    hexadecimal.slice(0, 8),
    hexadecimal.slice(8, 12),
    hexadecimal.slice(12, 16),
    hexadecimal.slice(16, 20),
    hexadecimal.slice(20, 32),
  ].join('-');
}
