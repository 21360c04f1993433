import { describe, expect, it } from 'vitest';
import { pressName, SEQUENCE_MS, SequenceMatcher } from './sequence.ts';

const press = (key: string, more: Partial<{ ctrlKey: boolean; metaKey: boolean; altKey: boolean }> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

describe('pressName', () => {
  it.each([
    [press('?'), '?'],
    [press(' '), 'Space'],
    [press('K', { ctrlKey: true }), 'Ctrl+k'],
    [press('k', { metaKey: true }), 'Ctrl+k'],
    [press('Enter', { ctrlKey: true }), 'Ctrl+Enter'],
    [press('ArrowLeft', { altKey: true }), 'Alt+ArrowLeft'],
    [press('Shift'), undefined],
  ])('%o', (event, name) => expect(pressName(event)).toBe(name));
});

describe('SequenceMatcher', () => {
  const sequences = ['?', 'g c', 'g h', 'j'];

  it('completes a sequence', () => {
    const keys = new SequenceMatcher();
    expect(keys.press('g', 0, sequences)).toBe('pending');
    expect(keys.press('c', 100, sequences)).toEqual({ complete: 'g c' });
    expect(keys.press('c', 200, sequences)).toBeUndefined();
  });

  it('begins anew with a key that does not continue', () => {
    const keys = new SequenceMatcher();
    keys.press('g', 0, sequences);
    expect(keys.press('j', 100, sequences)).toEqual({ complete: 'j' });
    keys.press('g', 200, sequences);
    expect(keys.press('g', 300, sequences)).toBe('pending');
    expect(keys.press('h', 400, sequences)).toEqual({ complete: 'g h' });
  });

  it('forgets after a pause and on reset', () => {
    const keys = new SequenceMatcher();
    keys.press('g', 0, sequences);
    expect(keys.press('c', SEQUENCE_MS + 1, sequences)).toBeUndefined();
    keys.press('g', 5000, sequences);
    keys.reset();
    expect(keys.press('c', 5001, sequences)).toBeUndefined();
  });
});
