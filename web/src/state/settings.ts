// settings — what the reader chose for good: today, the theme.
import {themes, type Theme} from '../protocol/settings.js';

const key = 'sluice-theme';

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Storage may be missing, full or forbidden; a choice then lasts as long as the page. */
function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

export function storedTheme(from: Storage | undefined = storage()): Theme {
  try {
    const theme = from?.getItem(key);
    return (themes as readonly string[]).includes(theme ?? '') ? (theme as Theme) : 'auto';
  } catch {
    return 'auto';
  }
}

export function storeTheme(theme: Theme, into: Storage | undefined = storage()): void {
  try {
    if (theme === 'auto') into?.removeItem(key);
    else into?.setItem(key, theme);
  } catch {
    // Nobody can be told more usefully than by seeing the theme change.
  }
}

/** Shows a theme: `data-theme` on the root, or none where the system decides. */
export function applyTheme(theme: Theme, root: HTMLElement = document.documentElement): void {
  if (theme === 'auto') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}
