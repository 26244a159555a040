// icons — the few shapes that stand beside a word.
import {svg} from 'lit';

const icon = (path: string) => svg`<svg class="icon" viewBox="0 0 12 12" aria-hidden="true"><path d=${path}></path></svg>`;

export const icons = {
  run: icon('M2 1l9 5-9 5z'),
  pause: icon('M2 1h3v10H2zM7 1h3v10H7z'),
  stop: icon('M2 2h8v8H2z'),
  step: icon('M1 1l6 5-6 5zM8 1h2v10H8z'),
  again: icon('M11 1L5 6l6 5zM2 1h2v10H2z'),
  seed: icon('M6 1a5 5 0 1 1-4.6 3l1.5.6A3.4 3.4 0 1 0 6 2.6V5L2.6 2 6-1z'),
} as const;
