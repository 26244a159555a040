import {expect, it} from 'vitest';

import {storedTheme, storeTheme} from './settings.js';

function store(): {getItem(k: string): string | null; setItem(k: string, v: string): void; removeItem(k: string): void} {
  const kept = new Map<string, string>();
  return {getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => void kept.set(k, v), removeItem: (k) => void kept.delete(k)};
}

it('a chosen theme is kept, and auto forgets it', () => {
  const s = store();
  storeTheme('dark', s);
  expect(storedTheme(s)).toBe('dark');
  storeTheme('auto', s);
  expect(storedTheme(s)).toBe('auto');
});

it('a theme nobody knows counts as none', () => {
  const s = store();
  s.setItem('sluice-theme', '<script>');
  expect(storedTheme(s)).toBe('auto');
});

it('a store that refuses does no harm', () => {
  const refuse = () => { throw new DOMException('no', 'SecurityError'); };
  const s = {getItem: refuse, setItem: refuse, removeItem: refuse};
  expect(storedTheme(s)).toBe('auto');
  expect(() => storeTheme('dark', s)).not.toThrow();
});
