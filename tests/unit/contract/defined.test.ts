import { expect, test } from '@jest/globals';
import { defined } from '../../../contract/shared/defined.ts';

test('defined drops undefined properties and keeps every other falsy value', () => {
  const kept = { a: null, b: '', c: 0, d: false };
  expect(Object.keys(defined({ ...kept, e: undefined }))).toEqual(['a', 'b', 'c', 'd']);
});

test('what defined returns fits a type with exact optional properties', () => {
  const limit = undefined as number | undefined;
  const exact: { name: string; limit?: number } = defined({ name: 'x', limit });
  expect(exact).toStrictEqual({ name: 'x' });
});
