import { expect, it } from 'vitest';
import { paperId } from './paper.ts';

it('spells a title in ASCII', () => {
  expect(paperId('From r to Q^*: Your Language Model')).toBe('from-r-to-q-your-language-model');
  expect(paperId('Müller–Łukasiewicz Gates “in the Wild”')).toBe('muller-lukasiewicz-gates-in-the-wild');
});

it('tells long titles apart by a digest, and keeps ids within 80 characters', () => {
  const long = 'Reinforcement Learning in the Era of Everything: What Is Essential, What Is Needed, and What';
  const [one, other] = [paperId(`${long} Comes`), paperId(`${long} Goes`)];
  expect(one).toMatch(/^reinforcement-learning-in-the-era-.*-[0-9a-f]{8}$/);
  expect(one.length).toBeLessThanOrEqual(80);
  expect(one).not.toBe(other);
});

it('gives titles in other scripts ids of their own', () => {
  expect(paperId('三値論理')).toMatch(/^paper-[0-9a-f]{8}$/);
  expect(paperId('三値論理 AI')).not.toBe(paperId('二値論理 AI'));
  expect(paperId('???')).toMatch(/^paper-[0-9a-f]{8}$/);
});
