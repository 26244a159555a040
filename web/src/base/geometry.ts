// geometry — boxes in CSS pixels.

export interface Box { readonly x: number; readonly y: number; readonly w: number; readonly h: number }

export const clamp = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));

/** The centre of the pixel under `v`, where a one-pixel line is sharp. */
export const crisp = (v: number): number => Math.round(v) + 0.5;

export const contains = (box: Box, x: number, y: number): boolean =>
  x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h;
