// posters — one small plate per scenario, of the same segments, water and hairlines as the big pictures. And the legend's swatches.
import {crisp} from '../base/geometry.js';
import type {Kind} from '../trace/task-lanes.js';
import {arrow, line, segment, text} from './pen.js';
import type {Surface} from './surface-2d.js';

type Chance = () => number;

/** Small and repeatable: a poster looks the same every time. */
function chanceOf(seed: number): Chance {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x45d9f3b);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** A lane of alternating kinds; `mix` repeats kind and mean width. */
function lane(s: Surface, chance: Chance, x: number, y: number, w: number, h: number, mix: readonly (readonly [Kind, number])[]): void {
  for (let i = 0, at = x; at < x + w; i++) {
    const [kind, mean] = mix[i % mix.length]!, k = Math.min(x + w - at, mean * (0.5 + chance()));
    segment(s, kind, at, y, k, h);
    at += k;
  }
}

const plates: Record<string, (s: Surface, chance: Chance) => void> = {
  'worker-pool'(s, chance) {
    const {g, c, w, h} = s, foot = h - 22, top = 22, level = top + (foot - top) * 0.38;
    g.fillStyle = c['flow-fill']; g.fillRect(16, level, 34, foot - level);
    g.fillStyle = c.flow; g.fillRect(16, level - 1, 34, 1.5);
    g.strokeStyle = c.ink; g.lineWidth = 1.5; g.strokeRect(16, top, 34, foot - top);
    for (let i = 0; i < 4; i++) {
      const y = top + i * (foot - top) / 4 + 4, mid = crisp(y + 6), low = crisp(foot - 8);
      line(g, c.flow, 50, low, 62, low); line(g, c.flow, crisp(62), mid, crisp(62), low); line(g, c.flow, 62, mid, 74, mid);
      lane(s, chance, 78, y, w - 94, 13, [['run', 22], ['run', 16], ['idle', 7], ['run', 26], ['run', 12]]);
    }
  },
  'pipeline'(s) {
    const {g, c, w, h} = s, m = h / 2, at = [0.14, 0.42, 0.7, 0.93].map((k) => k * w);
    [1, 0.75, 0.15].forEach((full, i) => {
      const x = at[i]! + 17, k = at[i + 1]! - at[i]! - (i === 2 ? 17 : 34);
      g.fillStyle = c['flow-fill']; g.fillRect(x, m + 8 - 16 * full, k, 16 * full);
      g.fillStyle = c.flow; g.fillRect(x, m + 8 - 16 * full - 1, k, 1.5);
      line(g, full === 1 ? c.danger : c.ink, x, crisp(m - 9), x + k, crisp(m - 9), full === 1 ? [] : [4, 3]);
      line(g, c.ink, x, crisp(m + 8), x + k, crisp(m + 8));
    });
    [0.5, 0.98, 0.35].forEach((busy, i) => {
      const x = at[i]!;
      g.lineWidth = 1; g.strokeStyle = c.idle; g.beginPath(); g.arc(x, m, 15, 0, 7); g.stroke();
      g.lineWidth = 3.5; g.strokeStyle = c.run; g.beginPath(); g.arc(x, m, 15, -1.57, -1.57 + 6.283 * busy); g.stroke();
      if (i === 1) { g.strokeStyle = c.ink; g.lineWidth = 1; g.beginPath(); g.arc(x, m, 20.5, 0, 7); g.stroke(); }
      text(g, c.ink, ['2', '1', '4'][i]!, x, m + 0.5, 'center');
    });
    text(g, c.muted, 'bottleneck', at[1]!, m + 36, 'center');
  },
  'lock-free-queue'(s) {
    const {g, c, w, h, texture} = s, y = h * 0.62, n = 7, gap = (w - 40) / n;
    for (let i = 0; i < n; i++) {
      const x = 20 + i * gap;
      g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(x), crisp(y - 9), gap - 16, 18);
      if (i > 0) { g.fillStyle = c.run; g.fillRect(x + 3, y - 6, gap - 21, 13); }
      if (i < n - 1) arrow(g, c.ink, x + gap - 15, crisp(y), x + gap - 3, crisp(y));
    }
    const head = 20 + (gap - 16) / 2, tail = head + (n - 1) * gap;
    for (const [x, k, name] of [[head, 2, 'head'], [tail, 5, 'tail']] as const) {
      for (let i = 0; i < k; i++) { g.fillStyle = texture.retry; g.fillRect(x - 9, y - 22 - i * 9, 18, 8); g.strokeStyle = c.retry; g.strokeRect(x - 8.5, y - 21.5 - i * 9, 17, 7); }
      text(g, c.muted, name, x, y + 22, 'center');
    }
    text(g, c.muted, 'failed CAS', tail - 16, y - 55, 'right');
  },
};

/** Draws the plate of a scenario; one without a plate of its own gets lanes. */
export function drawPoster(s: Surface, scenario: string): void {
  const chance = chanceOf(11 + scenario.length * 7);
  const plate = Object.hasOwn(plates, scenario) ? plates[scenario] : undefined;
  if (plate) return plate(s, chance);
  for (let i = 0; i < 4; i++) lane(s, chance, 16, 22 + i * (s.h - 44) / 4 + 4, s.w - 32, 13, [['run', 24], ['run', 14], ['idle', 9], ['run', 30]]);
}

export type SwatchKind = Kind | 'flow' | 'steal';

export function drawSwatch(s: Surface, kind: SwatchKind): void {
  const {g, c, w, h} = s;
  if (kind === 'steal') return arrowDown(s, w / 2, 3, h);
  if (kind === 'flow') {
    g.fillStyle = c['flow-fill']; g.fillRect(0, h * 0.35, w, h);
    g.fillStyle = c.flow; g.fillRect(0, h * 0.35 - 1, w, 2);
    return;
  }
  segment(s, kind, 0, 1, w, h - 2);
}

function arrowDown(s: Surface, x: number, from: number, to: number): void {
  const {g, c} = s;
  line(g, c.ink, crisp(x), from, crisp(x), to - 3);
  g.fillStyle = c.ink;
  g.beginPath(); g.moveTo(x - 3, to - 6); g.lineTo(x + 4, to - 6); g.lineTo(x + 0.5, to); g.fill();
  g.beginPath(); g.arc(x + 0.5, from, 2, 0, 7); g.fill();
}
