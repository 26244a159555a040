// page-keys — single keys, only while the demo has the focus, and never where a letter could be meant as text.

export interface KeyAction { readonly keys: readonly string[]; readonly shown: string; readonly says: string; act(): void }

/** True when the key belongs to what has the focus: a field, a slider, a button for Space and Enter. */
export function isTaken(e: KeyboardEvent): boolean {
  const at = e.composedPath()[0];
  if (!(at instanceof Element)) return false;
  if (at.matches('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]')) return true;
  if (at.matches('input') && (e.key.startsWith('Arrow') || e.key === ' ' || e.key === 'Home' || e.key === 'End')) return true;
  return at.matches('button, a, summary') && (e.key === ' ' || e.key === 'Enter');
}

export function handleKey(e: KeyboardEvent, actions: readonly KeyAction[]): boolean {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || isTaken(e)) return false;
  const key = e.shiftKey && e.key.startsWith('Arrow') ? `Shift+${e.key}` : e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const action = actions.find((a) => a.keys.includes(key));
  if (!action) return false;
  e.preventDefault();
  action.act();
  return true;
}
