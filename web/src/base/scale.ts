// scale — from values to places, and the marks in between.

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Where `value` stands, in pixels. */
  at(value: number): number;
  /** Which value stands at `pixel`. */
  value(pixel: number): number;
}

export function linear(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1, size = to - from;
  return {low, high, at: (v) => from + (v - low) / span * size, value: (p) => low + (p - from) / (size || 1) * span};
}

/** Both ends must be above zero. */
export function logarithmic(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log(high / low) || 1, size = to - from;
  return {low, high, at: (v) => from + Math.log(Math.max(v, low * 1e-3) / low) / span * size, value: (p) => low * Math.exp((p - from) / (size || 1) * span)};
}

/** The smallest step of 1, 2, 5 × 10ⁿ that leaves at least `room` pixels between marks. */
export function niceStep(pixelsPerUnit: number, room: number): number {
  const least = room / pixelsPerUnit;
  if (!(least > 0) || !Number.isFinite(least)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  for (const m of [1, 2, 5, 10]) if (m * power >= least * (1 - 1e-9)) return m * power;
  return 10 * power;
}

/** A round number at or above `n`, for the top of an axis. */
export function niceTop(n: number): number {
  if (!(n > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(n));
  for (const m of [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10]) if (m * power >= n) return m * power;
  return 10 * power;
}

/** Marks of a logarithmic axis: every 1…9 of each decade; 1, 2 and 5 are major. */
export function decades(low: number, high: number): {value: number; major: boolean; decade: boolean}[] {
  const marks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (let m = 1; m < 10; m++) {
      const value = m * power;
      if (value >= low * 0.999 && value <= high * 1.001) marks.push({value, major: m === 1 || m === 2 || m === 5, decade: m === 1});
    }
  }
  return marks;
}

/** A slider's place (0…1) for a value, on a linear or logarithmic scale; and back, on the parameter's own steps. */
export function toPlace(value: number, min: number, max: number, log: boolean): number {
  if (max <= min) return 0;
  if (!log) return (value - min) / (max - min);
  const low = Math.max(min, 1e-9);                      // zero sits at the very start of a logarithmic scale
  if (min <= 0) return value <= 0 ? 0 : Math.log1p(value) / Math.log1p(max);
  return Math.log(Math.max(value, low) / low) / Math.log(max / low);
}

export function fromPlace(place: number, min: number, max: number, log: boolean, step: number): number {
  const at = Math.min(1, Math.max(0, place));
  let value = !log ? min + at * (max - min) : min <= 0 ? Math.expm1(at * Math.log1p(max)) : min * (max / min) ** at;
  if (log && at > 0 && at < 1 && value > 0) {                       // two digits are enough between the ends
    const power = 10 ** (Math.floor(Math.log10(value)) - 1);
    value = Math.round(value / power) * power;
  }
  const snapped = step > 0 ? min + Math.round((value - min) / step) * step : value;
  return Math.min(max, Math.max(min, +snapped.toPrecision(12)));
}
