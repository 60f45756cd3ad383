import { hashName } from '../../math/index.ts';

/** Gives a field's value, `undefined` where there is none. */
export type Get = (field: string) => unknown;

/** What a field must be, and what it is. */
export class RowFault extends Error {
  readonly rule: string;
  readonly value: unknown;

  constructor(rule: string, value: unknown) {
    super(rule);
    this.rule = rule;
    this.value = value;
  }
}

export function numberAt(get: Get, field: string, least: number, most: number): number {
  const value = get(field);
  // JSON has no NaN: it comes as null, or as text.
  if (typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most) return value;
  const bounds =
    most < Infinity ? `a number from ${least} to ${most}` : least === 0 ? 'a number not below 0' : 'a finite number';
  throw new RowFault(`${field} must be ${bounds}`, value);
}

/** A probability of what was done: it cannot have been 0. */
export function probabilityAt(get: Get, field: string): number {
  const probability = numberAt(get, field, 0, 1);
  if (probability === 0) throw new RowFault(`${field} must be above 0`, probability);
  return probability;
}

export function listAt(get: Get, field: string, least: number, most: number): readonly number[] {
  const value = get(field);
  if (!Array.isArray(value) || value.length === 0) throw new RowFault(`${field} must be a list of numbers`, value);
  for (const each of value as readonly unknown[])
    if (!(typeof each === 'number' && Number.isFinite(each) && each >= least && each <= most))
      throw new RowFault(
        `${field} must have numbers ${most < Infinity ? `from ${least} to ${most}` : least === 0 ? 'not below 0' : 'that are finite'}`,
        each,
      );
  return value as readonly number[];
}

export function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new RowFault(`${field} must be text or a number`, value);
}

/** 32 bits of a name: subjects are told apart by them, and two that share them count as one. */
export function hashAt(get: Get, field: string): number {
  const value = get(field);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32
    ? value
    : hashName(textOf(value, field), 0);
}

export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
