import { afterEach, expect, it, vi } from 'vitest';
import { keepUploads, keptUploads } from './kept-uploads.ts';

const storage = (): Storage => {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    get length() {
      return items.size;
    },
  } as Storage;
};

afterEach(() => vi.unstubAllGlobals());

const one = { name: 'rot_1.pcap', size: 7, sha256: 'a'.repeat(64) };

it('keeps what waits by case, and nothing once all is read', () => {
  vi.stubGlobal('localStorage', storage());
  keepUploads('one', [one]);
  expect(keptUploads('one')).toEqual([one]);
  expect(keptUploads('two')).toEqual([]);
  keepUploads('one', []);
  expect(keptUploads('one')).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

it('takes nothing that it did not write, and lives without storage', () => {
  vi.stubGlobal('localStorage', storage());
  for (const text of ['{', '{}', 'null', '[1, null, {"name": "x", "size": 1, "sha256": "../x"}]']) {
    localStorage.setItem('coldwire.uploads.one', text);
    expect(keptUploads('one'), text).toEqual([]);
  }
  vi.stubGlobal('localStorage', undefined);
  expect(keptUploads('one')).toEqual([]);
  expect(() => keepUploads('one', [one])).not.toThrow();
});
