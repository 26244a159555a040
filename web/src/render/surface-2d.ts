// surface-2d — a canvas measured in CSS pixels, with its palette and patterns at hand.
import {palette, type Palette, type Role} from './palette.js';

export interface Surface {
  readonly g: CanvasRenderingContext2D;
  readonly w: number;
  readonly h: number;
  readonly c: Readonly<Record<Role, string>>;
  readonly texture: Readonly<Record<'wait' | 'retry' | 'cancel', CanvasPattern | string>>;
  readonly mono: string;
}

interface Kept { version: number; dpr: number; texture: Surface['texture'] }
const textures = new WeakMap<HTMLCanvasElement, Kept>();

/** Sizes the canvas to its box, clears it, and hands back a context; nothing when the box is empty. */
export function surfaceOf(canvas: HTMLCanvasElement): Surface | undefined {
  const w = canvas.clientWidth, h = canvas.clientHeight;
  if (w < 2 || h < 2) return undefined;
  const dpr = Math.min(3, Math.max(1, globalThis.devicePixelRatio || 1));
  const wide = Math.round(w * dpr), high = Math.round(h * dpr);
  if (canvas.width !== wide || canvas.height !== high) { canvas.width = wide; canvas.height = high; }
  const g = canvas.getContext('2d');
  if (!g) return undefined;
  const p = palette();
  g.setTransform(dpr, 0, 0, dpr, 0, 0);
  g.clearRect(0, 0, w, h);
  g.font = `11px ${p.mono}`;
  g.textBaseline = 'middle';
  g.lineCap = 'butt';
  let kept = textures.get(canvas);
  if (!kept || kept.version !== p.version || kept.dpr !== dpr) {
    kept = {version: p.version, dpr, texture: patterns(g, p, dpr)};
    textures.set(canvas, kept);
  }
  return {g, w, h, c: p.colour, texture: kept.texture, mono: p.mono};
}

/** Hatched, dotted, crossed: what the state says without colour. */
function patterns(g: CanvasRenderingContext2D, p: Palette, dpr: number): Surface['texture'] {
  const c = p.colour;
  const tile = (size: number, ground: Role, paint: (k: CanvasRenderingContext2D) => void): CanvasPattern | string => {
    const t = document.createElement('canvas');
    t.width = t.height = Math.round(size * dpr);
    const k = t.getContext('2d');
    if (!k) return c[ground];
    k.scale(t.width / size, t.height / size);
    k.fillStyle = c[ground];
    k.fillRect(0, 0, size, size);
    k.lineWidth = 1.15;
    paint(k);
    const pattern = g.createPattern(t, 'repeat');
    pattern?.setTransform(new DOMMatrix().scale(size / t.width));
    return pattern ?? c[ground];
  };
  return {
    wait: tile(5, 'wait-fill', (k) => {
      k.strokeStyle = c.wait;
      k.beginPath();
      for (const d of [-5, 0, 5]) { k.moveTo(d - 1, 6); k.lineTo(d + 6, -1); }
      k.stroke();
    }),
    retry: tile(4, 'retry-fill', (k) => { k.fillStyle = c.retry; k.beginPath(); k.arc(2, 2, 1.15, 0, 7); k.fill(); }),
    cancel: tile(6, 'cancel-fill', (k) => {
      k.strokeStyle = c.cancel;
      k.beginPath();
      k.moveTo(0, 0); k.lineTo(6, 6); k.moveTo(6, 0); k.lineTo(0, 6);
      k.stroke();
    }),
  };
}
