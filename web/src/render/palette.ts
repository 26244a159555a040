// palette — the colours and patterns in force, read from the tokens so that no picture names a colour itself.

export const roles = [
  'bg', 'surface', 'sunk', 'ink', 'muted', 'line', 'grid', 'rule', 'accent', 'on-accent', 'danger', 'run', 'run-quiet', 'wait',
  'wait-fill', 'idle', 'retry', 'retry-fill', 'cancel', 'cancel-fill', 'flow', 'flow-fill',
] as const;
export type Role = (typeof roles)[number];

export interface Palette {
  /** Changes whenever a colour may have changed. */
  readonly version: number;
  readonly colour: Readonly<Record<Role, string>>;
  readonly mono: string;
}

let version = 1;
let cached: Palette | undefined;
let watching = false;
const listeners = new Set<() => void>();

/** The palette of the page. Reads the style sheet once per theme. */
export function palette(): Palette {
  if (!cached) {
    watch();
    const probe = document.documentElement.appendChild(document.createElement('i'));
    probe.style.setProperty('display', 'none');
    const colour = {} as Record<Role, string>;
    for (const role of roles) {
      probe.style.setProperty('color', `var(--${role})`);
      colour[role] = getComputedStyle(probe).color;
    }
    const mono = getComputedStyle(document.documentElement).getPropertyValue('--mono').trim() || 'monospace';
    probe.remove();
    cached = {version, colour, mono};
  }
  return cached;
}

/** Forgets the colours; whoever listens draws again. Called by itself when theme, contrast or forced colours change. */
export function renewPalette(): void {
  version++;
  cached = undefined;
  for (const listener of listeners) listener();
}

export function onPaletteChange(listener: () => void): () => void {
  listeners.add(listener);
  watch();
  return () => { listeners.delete(listener); };
}

function watch(): void {
  if (watching) return;
  watching = true;
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'])
    matchMedia(query).addEventListener('change', renewPalette);
  new MutationObserver(renewPalette).observe(document.documentElement, {attributes: true, attributeFilter: ['data-theme', 'style']});
}
