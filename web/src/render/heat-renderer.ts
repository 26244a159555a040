// heat-renderer — failed attempts by worker and time; a window is a cell, as high as its retries per operation.
import {crisp} from '../base/geometry.js';
import type {RateWindows} from '../stats/throughput.js';
import {timeEdges} from './lanes-renderer.js';
import {emptyScreen, label, text, timeAxis} from './pen.js';
import type {Surface} from './surface-2d.js';

/** Retries per hundred operations at which a cell is full. */
export const fullHeat = 50;

/** How hot one window of one worker is, 0…1, on a root scale so that little is still seen. A turn of a worker is `perTurn` operations. */
export function heatOf(windows: RateWindows, i: number, perTurn = 1): number {
  const tries = windows.offered[i] ?? 0, ops = (windows.done[i] ?? 0) * perTurn;
  if (!(tries > 0)) return 0;
  return Math.min(1, Math.sqrt(tries / Math.max(1, ops) * 100 / fullHeat));
}

export function drawHeat(s: Surface, lanes: readonly RateWindows[], o: {readonly virtual: boolean; readonly perTurn: number}): void {
  const {g, c, w, h, texture} = s, box = {x: timeEdges.left, y: 8, w: w - timeEdges.left - timeEdges.right, h: h - 8 - 26};
  const windows = Math.max(1, ...lanes.map((l) => l.length)), width = lanes[0]?.width ?? 1e6;
  timeAxis(s, box, {from: 0, to: windows * width, virtual: o.virtual});
  if (!lanes.some((l) => l.length)) return emptyScreen(s, 'no operation yet');
  const row = box.h / lanes.length, every = Math.max(1, Math.ceil(13 / row)), cell = box.w / windows;
  lanes.forEach((lane, k) => {
    const y = box.y + k * row, bar = Math.max(2, Math.min(22, row * 0.7)), top = y + (row - bar) / 2;
    if (k % every === 0) text(g, c.muted, `w${k + 1}`, box.x - 8, y + row / 2, 'right');
    g.strokeStyle = c.line; g.lineWidth = 1;
    g.beginPath(); g.moveTo(box.x, crisp(top + bar)); g.lineTo(box.x + box.w, crisp(top + bar)); g.stroke();
    for (let i = 0; i < lane.length; i++) {
      const heat = heatOf(lane, i, o.perTurn), ops = lane.done[i]!;
      if (heat === 0) { if (ops > 0) { g.fillStyle = c['run-quiet']; g.fillRect(box.x + i * cell, top + bar - 2, Math.max(0.7, cell - 0.5), 2); } continue; }
      const high = Math.max(3, bar * heat);
      g.fillStyle = texture.retry;
      g.fillRect(box.x + i * cell, top + bar - high, Math.max(1, cell - 0.5), high);
      g.fillStyle = c.retry;
      g.fillRect(box.x + i * cell, top + bar - high, Math.max(1, cell - 0.5), 1);
    }
  });  if (!lanes.some((l) => l.offered.some((n) => n > 0))) label(s, c.muted, 'no race lost', box.x + box.w / 2, box.y + box.h / 2, 'center');
}
