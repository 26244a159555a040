// posters — one small plate per scenario, of the same segments, water and hairlines as the big pictures. And the legend's swatches.
import {crisp} from '../base/geometry.js';
import type {Kind} from '../trace/task-lanes.js';
import {arrow, label, line, segment, text} from './pen.js';
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

/** A node of a list: its value, and where its link begins. */
function node(s: Surface, x: number, y: number, w: number, name = ''): void {
  const {g, c} = s;
  g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(x), crisp(y - 9), w, 18);
  if (name) text(g, c.ink, name, x + w / 2, y + 1, 'center');
  else { g.fillStyle = c.run; g.fillRect(x + 3, y - 6, w - 5, 13); }
}

/** Lost races, piled up over where they were lost. */
function heat(s: Surface, x: number, y: number, count: number): void {
  const {g, c, texture} = s;
  for (let i = 0; i < count; i++) {
    g.fillStyle = texture.retry; g.fillRect(x - 9, y - i * 9, 18, 8);
    g.strokeStyle = c.retry; g.lineWidth = 1; g.strokeRect(x - 8.5, y + 0.5 - i * 9, 17, 7);
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
    const {g, c, w, h} = s, y = h * 0.62, n = 7, gap = (w - 40) / n;
    for (let i = 0; i < n; i++) {
      const x = 20 + i * gap;
      g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(x), crisp(y - 9), gap - 16, 18);
      if (i > 0) { g.fillStyle = c.run; g.fillRect(x + 3, y - 6, gap - 21, 13); }
      if (i < n - 1) arrow(g, c.ink, x + gap - 15, crisp(y), x + gap - 3, crisp(y));
    }
    const head = 20 + (gap - 16) / 2, tail = head + (n - 1) * gap;
    for (const [x, k, name] of [[head, 2, 'head'], [tail, 5, 'tail']] as const) {
      heat(s, x, y - 22, k);
      text(g, c.muted, name, x, y + 22, 'center');
    }
    text(g, c.muted, 'failed CAS', tail - 16, y - 55, 'right');
  },
  'lock-free-stack'(s, chance) {
    const {g, c, w, h} = s, x = w * 0.72, step = 23, first = h - 4 * step + 3;
    for (let i = 0; i < 4; i++) {
      const y = first + i * step;
      if (i < 3) arrow(g, c.ink, x + 20, y + 9, x + 20, y + step - 11);
      node(s, x, y, 40);
    }
    [0, 1, 2].forEach((i) => {
      const y = 20 + i * (h - 40) / 3 + 5;
      lane(s, chance, 16, y, x - 96, 13, i === 1 ? [['run', 24], ['run', 15]] : [['run', 18], ['retry', 9], ['run', 13], ['retry', 7]]);
      arrow(g, c.ink, x - 76, y + 6.5, x - 5, first + (i - 1) * 5 + 1);
    });
    heat(s, x + 20, first - 19, 2);
    text(g, c.muted, 'top', x + 46, first + 1);
  },
  'work-stealing-deque'(s) {
    const {g, c, w, h} = s, y = h * 0.5, n = 9, from = w * 0.18, gap = w * 0.62 / n;
    for (let i = 0; i < n; i++) {
      g.strokeStyle = i < 7 ? c.ink : c.idle; g.lineWidth = 1; g.strokeRect(crisp(from + i * gap), crisp(y - 10), gap, 20);
      if (i < 7) { g.fillStyle = c.run; g.fillRect(from + i * gap + 3, y - 7, gap - 5, 15); }
    }
    const end = from + 7 * gap, left = from + gap / 2;
    arrow(g, c.ink, end + 24, y - 34, end + 6, y - 14); arrow(g, c.ink, end - 10, y - 14, end + 6, y - 36);
    text(g, c.muted, 'owner', end + 28, y - 40, 'center');
    arrow(g, c.ink, left, y + 12, left - 24, y + 38);
    arrow(g, c.retry, left + 18, y + 38, left + 5, y + 15); heat(s, left + 22, y + 42, 1);
    text(g, c.muted, 'thieves', left + 42, y + 46);
  },
  'atomic-vs-mutex'(s) {
    const {g, c, w, h} = s, base = h - 26, tall = base - 22;
    [[1, 0.1, 0.29], [2, 0.24, 0.88], [4, 0.23, 1]].forEach(([workers, atomic, mutex], i) => {
      const x = w * (0.14 + i * 0.26);
      segment(s, 'run', x, base - tall * atomic!, 21, tall * atomic!);
      segment(s, 'wait', x + 23, base - tall * mutex!, 20, tall * mutex!);
      text(g, c.muted, String(workers), x + 22, base + 12, 'center');
    });
    line(g, c.muted, 16, crisp(base), w - 16, crisp(base));
    text(g, c.muted, 'ns', 16, 18); text(g, c.muted, 'workers', w - 16, 18, 'right');
  },
  'select-fairness'(s) {
    const {g, c, w, h} = s, m = h / 2, from = w * 0.18, to = w * 0.6, step = 26;
    for (let i = 0; i < 4; i++) {
      const y = m + (i - 1.5) * step, chosen = i === 2;
      g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(from), crisp(y - 7), 44, 14);
      g.fillStyle = c.run; for (let n = 0; n < 3; n++) g.fillRect(from + 3 + n * 13.5, y - 4, 11, 9);
      if (chosen) arrow(g, c.flow, from + 48, y, to - 14, m);
      else line(g, c.idle, from + 48, y, to - 18, m + (i - 1.5) * 5, [3, 3]);
    }
    g.strokeStyle = c.ink; g.lineWidth = 1.5; g.beginPath(); g.arc(to, m, 11, 0, Math.PI * 2); g.stroke();
    g.fillStyle = c.run; g.fillRect(to + 18, m - 9, w * 0.2, 18);
    text(g, c.ink, '1 of 4', to, m + 30, 'center');
  },
  'ping-pong'(s, chance) {
    const {g, c, w, h} = s, top = h * 0.3, foot = h * 0.66, from = 40, step = (w - 60) / 6;
    for (const [name, y] of [['ping', top], ['pong', foot]] as const) { text(g, c.muted, name, 16, y + 7); line(g, c.line, crisp(from + 10), crisp(y + 6.5), w - 16, crisp(y + 6.5)); }
    for (let i = 0, x = from + 10; i < 6; i++) {
      const down = i % 2 === 0, y = down ? top : foot, k = step * (0.45 + 0.25 * chance());
      segment(s, 'run', x, y, k, 13);
      if (i < 5) arrow(g, c.flow, x + k, down ? y + 14 : y - 1, x + step - 1, down ? foot - 3 : top + 16);
      x += step;
    }
  },
  'producer-consumer'(s) {
    const {g, c, w, h} = s, m = h / 2, left = w * 0.32, right = w * 0.68, step = 27;
    const seat = (x: number, y: number, busy: number) => {
      g.lineWidth = 1; g.strokeStyle = c.idle; g.beginPath(); g.arc(x, y, 10, 0, 7); g.stroke();
      g.lineWidth = 3; g.strokeStyle = c.run; g.beginPath(); g.arc(x, y, 10, -1.57, -1.57 + 6.283 * busy); g.stroke();
    };
    [0.7, 0.62, 0.66].forEach((busy, i) => { const y = m + (i - 1) * step; seat(w * 0.14, y, busy); arrow(g, c.ink, w * 0.14 + 14, y, left - 5, m + (i - 1) * 7); });
    [0.98, 0.98].forEach((busy, i) => { const y = m + (i - 0.5) * step; arrow(g, c.ink, right + 3, m + (i - 0.5) * 10, w * 0.86 - 15, y); seat(w * 0.86, y, busy); });
    g.fillStyle = c['flow-fill']; g.fillRect(left, m - 14, right - left, 29);
    for (let i = 0; i < 6; i++) { g.fillStyle = c.run; g.fillRect(left + 4 + i * (right - left - 6) / 6, m - 9, (right - left - 6) / 6 - 3, 19); }
    line(g, c.danger, left, crisp(m - 14), right, crisp(m - 14)); line(g, c.ink, left, crisp(m + 15), right, crisp(m + 15));
    text(g, c.muted, 'full', (left + right) / 2, m + 30, 'center');
  },
  'semaphore-limit'(s, chance) {
    const {g, c, w, h} = s, rows = 5, step = (h - 36) / rows, cut = w * 0.42;
    for (let i = 0; i < rows; i++) {
      const y = 18 + i * step + (step - 12) / 2;
      lane(s, chance, cut + 14, y, w - cut - 30, 12, i < 3 ? [['run', 34], ['idle', 3], ['run', 24]] : [['idle', 200]]);
      for (let n = 0; n < 2; n++) { g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(20 + n * 18), crisp(y), 12, 12); }
      if (i < 3) { g.fillStyle = c.flow; g.beginPath(); g.arc(cut - 6, y + 6.5, 5, 0, 7); g.fill(); arrow(g, c.ink, 58, y + 6.5, cut - 15, y + 6.5); }
      else { g.strokeStyle = c.idle; g.lineWidth = 1; g.setLineDash([2, 2]); g.beginPath(); g.arc(cut - 6, y + 6.5, 5, 0, 7); g.stroke(); g.setLineDash([]); }
    }
    line(g, c.ink, crisp(cut + 5), 16, crisp(cut + 5), 16 + 3 * step);
    line(g, c.danger, crisp(cut + 5), 16 + 3 * step, crisp(cut + 5), h - 18);
  },
  'safe-counter'(s) {
    const {g, c, w, h, texture} = s, base = h - 28, tall = base - 24;
    ([['read, write', 0.66, true], ['locked', 1, false], ['atomic', 1, false]] as const).forEach(([name, has, lost], i) => {
      const x = w * (0.13 + i * 0.29), k = w * 0.17;
      if (lost) { g.fillStyle = texture.cancel; g.fillRect(x, base - tall, k, tall * (1 - has)); g.strokeStyle = c.cancel; g.lineWidth = 1; g.strokeRect(crisp(x), crisp(base - tall), k, tall * (1 - has)); }
      segment(s, 'run', x, base - tall * has, k, tall * has);
      if (lost) label(s, c.cancel, 'lost', x + k / 2, base - tall + tall * (1 - has) / 2 + 1, 'center');
      text(g, c.muted, name, x + k / 2, base + 13, 'center');
    });
    line(g, c.muted, 16, crisp(base), w - 16, crisp(base));
  },
  'mutex-vs-rwmutex'(s) {
    const {g, c, w, h} = s, left = 70, step = (w - left - 20) / 7, row = 15;
    ([[28, 'mutex', [[0, 0], [1, 1], [2, 2], [0, 3], [1, 4], [2, 5]]], [h / 2 + 18, 'shared', [[0, 0], [1, 0], [2, 0], [0, 1], [1, 2], [2, 2], [0, 2]]]] as const).forEach(([top, name, held]) => {
      text(g, c.muted, name, 16, top + row);
      for (let i = 0; i < 3; i++) line(g, c.line, left, crisp(top + i * row + 5), w - 16, crisp(top + i * row + 5));
      held.forEach(([who, when], n) => {
        segment(s, n === 3 ? 'wait' : 'run', left + when * step + 1, top + who * row, step - 3, 11);
      });
    });
  },
  'condition-variable'(s, chance) {
    const {g, c, w, h} = s, m = h / 2, box = w * 0.34, step = 25;
    g.strokeStyle = c.ink; g.lineWidth = 1.5; g.strokeRect(crisp(box - 18), crisp(m - 16), 38, 33);
    g.fillStyle = c.run; g.fillRect(box - 12, m + 2, 26, 10);
    arrow(g, c.ink, 18, m, box - 24, m);
    for (let i = 0; i < 4; i++) {
      const y = m + (i - 1.5) * step, woken = i === 0;
      if (woken) arrow(g, c.flow, box + 25, m - 8, w * 0.58 - 6, y);
      else line(g, c.idle, box + 25, m + (i - 1.5) * 5, w * 0.58 - 8, y, [3, 3]);
      lane(s, chance, w * 0.58, y - 6, w * 0.42 - 18, 12, woken ? [['idle', 12], ['run', 60], ['run', 40]] : [['idle', 300]]);
    }
    text(g, c.muted, 'signal', (box + w * 0.58) / 2 - 2, m - 42, 'center');
  },
  'context-tree'(s) {
    const {g, c, w, h} = s, row = [[0.5], [0.2, 0.5, 0.8], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]], y = (level: number) => 22 + level * (h - 56) / 2;
    const ends = (level: number, i: number) => (level === 1 && i === 2) || (level === 2 && i > 5);
    row.forEach((at, level) => at.forEach((x, i) => {
      const dead = ends(level, i);
      if (level > 0) line(g, dead ? c.cancel : c.line, row[level - 1]![Math.floor(i / 3)]! * w, y(level - 1) + 7, x * w, y(level) - 7, dead ? [2, 2] : []);
    }));
    row.forEach((at, level) => at.forEach((x, i) => {
      const dead = ends(level, i), r = level === 2 ? 5.5 : 7;
      g.fillStyle = dead ? c['cancel-fill'] : c.run; g.beginPath(); g.arc(x * w, y(level), r, 0, 7); g.fill();
      if (!dead) return;
      g.strokeStyle = c.cancel; g.lineWidth = 1; g.beginPath(); g.arc(x * w, y(level), r, 0, 7); g.stroke();
      line(g, c.cancel, x * w - 3.5, y(level) - 3.5, x * w + 3.5, y(level) + 3.5); line(g, c.cancel, x * w - 3.5, y(level) + 3.5, x * w + 3.5, y(level) - 3.5);
    }));
    g.strokeStyle = c.danger; g.lineWidth = 1.5; g.beginPath(); g.arc(0.8 * w, y(1), 11, 0, 7); g.stroke();
    text(g, c.danger, 'cancelled', 0.8 * w, y(1) - 20, 'center');
    text(g, c.muted, 'all below it, at once', 0.74 * w, h - 14, 'center');
  },
  'deadlines'(s) {
    const {g, c, w, h} = s, from = 22, budget = w * 0.74, step = (h - 44) / 5;
    ([[0.06, 0.2, 0.34], [0.06, 0.12, 0.22], [0.06, 0.26, 2], [0.06, 0.16, 0.42], [0.06, 0.2, 0.16]] as const).forEach(([handler, user, orders], i) => {
      const y = 26 + i * step, a = from + handler * w, b = a + user * w, hangs = orders > 1, end = hangs ? budget : b + 8 + orders * w;
      g.fillStyle = c.flow; g.fillRect(from, y, a - from - 2, 12);
      g.fillStyle = c.run; g.fillRect(a, y, b - a - 2, 12);
      if (hangs) line(g, c.idle, b, crisp(y + 6), budget, crisp(y + 6)); else { g.fillStyle = c['run-quiet']; g.fillRect(b + 8, y, end - b - 10, 12); g.strokeStyle = c.run; g.lineWidth = 1; g.strokeRect(b + 8.5, y + 0.5, end - b - 11, 11); }
      if (!hangs) return;
      g.strokeStyle = c.danger; g.lineWidth = 2; g.beginPath(); g.moveTo(budget - 4, y + 2); g.lineTo(budget + 4, y + 10); g.moveTo(budget - 4, y + 10); g.lineTo(budget + 4, y + 2); g.stroke();
    });
    line(g, c.danger, crisp(budget), 18, crisp(budget), h - 14, [5, 3]);
    text(g, c.danger, 'budget', budget, 10, 'center');
    text(g, c.muted, 'timeout', budget + 12, 26 + 2 * step + 6);
  },
  'error-group'(s) {
    const {g, c, w, h} = s, step = (h - 36) / 6, fail = w * 0.52;
    [0.34, 0.3, 0.37, 0.26, 0.5, 0.6].forEach((length, i) => {
      const y = 18 + i * step, x = 18 + (i > 3 ? 0.3 * w : 0), own = i === 2, end = own ? fail : Math.min(fail + 6 + i * 2, x + length * w * 1.6), gave = !own && i !== 3;
      g.fillStyle = c.run; g.fillRect(x, y, (i === 3 ? 0.42 * w : end - x), 11);
      if (i === 3) return;
      g.strokeStyle = own ? c.danger : c.cancel; g.lineWidth = own ? 2.5 : 1.5;
      g.beginPath(); g.moveTo(end - 4, y + 1.5); g.lineTo(end + 4, y + 9.5); g.moveTo(end - 4, y + 9.5); g.lineTo(end + 4, y + 1.5); g.stroke();
      if (own) text(g, c.danger, 'first error', end + 12, y + 6); else if (gave && i === 4) text(g, c.muted, 'give up', end + 14, y + 6);
    });
    line(g, c.danger, crisp(fail), 12, crisp(fail), h - 10, [3, 3]);
  },
  'once-race'(s) {
    const {g, c, w, h} = s, m = h / 2, x = w * 0.5, n = 7;
    for (let i = 0; i < n; i++) {
      const y = m + (i - (n - 1) / 2) * 17, first = i === 3;
      g.fillStyle = first ? c.run : c.surface; g.strokeStyle = first ? c.run : c.wait; g.lineWidth = 1;
      g.beginPath(); g.arc(30, y, 5, 0, 7); g.fill(); g.stroke();
      if (first) arrow(g, c.run, 40, y, x - 34, m); else line(g, c.wait, 40, y, x - 48, m + (y - m) * 0.5, [3, 3]);
    }
    g.fillStyle = c.run; g.fillRect(x - 27, m - 13, 54, 26); text(g, c.surface, 'make', x, m + 1, 'center');
    arrow(g, c.flow, x + 30, m, w * 0.74, m);
    node(s, w * 0.76, m, 34, '42');
    text(g, c.muted, 'once', x, m + 30, 'center'); text(g, c.muted, 'for all', w * 0.76 + 17, m + 30, 'center');
  },
  'deadlock'(s) {
    const {g, c, w, h, texture} = s, m = h / 2, left = w * 0.2, right = w * 0.8, top = 26, foot = h - 26;
    const box = (x: number, y: number, name: string) => { g.fillStyle = c['flow-fill']; g.fillRect(x - 14, y - 12, 28, 24); g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(x - 14), crisp(y - 12), 28, 24); text(g, c.ink, name, x, y + 1, 'center'); };
    line(g, c.danger, left + 14, m - 13, w / 2 - 18, top + 6); line(g, c.danger, right - 14, m + 13, w / 2 + 18, foot - 6);
    g.setLineDash([5, 3]); arrow(g, c.danger, left + 14, m + 13, w / 2 - 20, foot - 6); arrow(g, c.danger, right - 14, m - 13, w / 2 + 20, top + 6); g.setLineDash([]);
    for (const [x, name] of [[left, 'A'], [right, 'B']] as const) {
      g.fillStyle = texture.wait; g.beginPath(); g.roundRect(x - 28, m - 12, 56, 24, 12); g.fill();
      g.strokeStyle = c.danger; g.lineWidth = 1; g.beginPath(); g.roundRect(x - 28, m - 12, 56, 24, 12); g.stroke();
      label(s, c.ink, `task ${name}`, x, m + 1, 'center');
    }
    box(w / 2, top, 'm1'); box(w / 2, foot, 'm2');
    text(g, c.danger, 'deadlock', w / 2, m, 'center');
  },
  'million-tasks'(s, chance) {
    const {g, c, w, h} = s, cell = 5, columns = Math.floor((w - 92) / cell), rows = Math.floor((h - 36) / cell);
    for (let i = 0; i < columns * rows; i++) {
      g.fillStyle = chance() < 0.06 ? c.flow : c['run-quiet'];
      g.fillRect(16 + (i % columns) * cell, 18 + Math.floor(i / columns) * cell, cell - 1.5, cell - 1.5);
    }
    const x = w - 62, step = (h - 36) / 4;
    for (let i = 0; i < 4; i++) { const y = 18 + i * step + step / 2 - 6; arrow(g, c.ink, x - 12, y + 6, x, y + 6); segment(s, 'run', x + 5, y, 44, 12); }
    label(s, c.ink, '1 000 000', 16 + columns * cell / 2, h / 2, 'center');
  },
  'counter'(s) {
    const {g, c, w, h} = s, m = h / 2, one = w * 0.26, many = w * 0.62, step = 25;
    g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(one), crisp(m - 10), 30, 20); g.fillStyle = c.run; g.fillRect(one + 3, m - 7, 25, 15);
    heat(s, one + 15, m - 22, 3);
    for (let i = 0; i < 4; i++) {
      const y = m + (i - 1.5) * step;
      arrow(g, c.ink, 18, y, one - 4, m + (i - 1.5) * 4);
      arrow(g, c.ink, many - 34, y, many - 4, y);
      g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(many), crisp(y - 8), 30, 16); g.fillStyle = c.run; g.fillRect(many + 3, y - 5, 25, 11);
      line(g, c.flow, many + 31, crisp(y), crisp(many + 46), crisp(y));
    }
    line(g, c.flow, crisp(many + 46), crisp(m - 1.5 * step), crisp(many + 46), crisp(m + 1.5 * step));
    arrow(g, c.flow, many + 46, crisp(m), many + 60, crisp(m));
    text(g, c.ink, 'sum', many + 65, m);
  },
  'aba'(s) {
    const {g, c, w, h} = s, gap = (w - 32) / 3, top = 42;
    ([['A', 'B'], ['B'], ['A', 'B']] as const).forEach((nodes, i) => {
      const x = 16 + i * gap + gap * 0.28;
      text(g, c.muted, 'top', x + 15, 15, 'center'); arrow(g, c.ink, x + 15, 22, x + 15, top - 12);
      nodes.forEach((name, k) => {
        const y = top + k * 38;
        if (k > 0) arrow(g, i === 2 ? c.danger : c.ink, x + 15, y - 28, x + 15, y - 11);
        if (i === 2 && k > 0) { g.setLineDash([3, 2]); g.strokeStyle = c.danger; g.lineWidth = 1; g.strokeRect(crisp(x), crisp(y - 9), 30, 18); g.setLineDash([]); text(g, c.danger, name, x + 15, y + 1, 'center'); }
        else node(s, x, y, 30, name);
      });
      if (i < 2) arrow(g, c.muted, x + 40, top, x + gap - 12, top);
    });
    text(g, c.danger, 'freed', 16 + 2 * gap + gap * 0.28 + 15, h - 22, 'center');
  },
  'memory-orders'(s) {
    const {g, c, w, h, texture} = s, a = w * 0.2, b = w * 0.56, y = (i: number) => 32 + i * 34;
    [['data = 1', 'flag = 1'], ['flag', 'data']].forEach((ops, i) => {
      const x = i ? b : a;
      line(g, c.line, crisp(x), 16, crisp(x), h - 16);
      ops.forEach((op, k) => { g.fillStyle = c.surface; g.fillRect(x - 30, y(k) - 9, 60, 18); g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(crisp(x - 30), crisp(y(k) - 9), 60, 18); text(g, c.ink, op, x, y(k) + 1, 'center'); });
    });
    arrow(g, c.flow, a + 31, y(1), b - 32, y(0) + 6);
    [[0, 0], [0, 1], [1, 1], [1, 0]].forEach(([flag, data], i) => {
      const x = w - 48, at = 24 + i * 24, weak = i === 3;
      g.fillStyle = weak ? texture.cancel : c['flow-fill']; g.fillRect(x, at - 8, 32, 17);
      if (weak) { g.strokeStyle = c.cancel; g.lineWidth = 1; g.strokeRect(x + 0.5, at - 7.5, 31, 16); }
      if (weak) label(s, c.cancel, `${flag!} ${data!}`, x + 16, at + 1, 'center'); else text(g, c.ink, `${flag!} ${data!}`, x + 16, at + 1, 'center');
    });
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
