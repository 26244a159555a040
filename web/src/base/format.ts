// format — how numbers are said: digits in groups of three, the unit after them, no more digits than are meant.

/** Narrow no-break space: groups digits without letting them part. */
export const thin = '\u202f';

/** `12480` → `12 480`, grouped; no decimals. */
export function grouped(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const text = String(Math.round(Math.abs(n))).replace(/\B(?=(\d{3})+$)/g, thin);
  return n < 0 && Math.round(n) !== 0 ? `−${text}` : text;
}

/** Three significant digits at most, grouped when large: `0.82`, `7.40`, `41.3`, `12 480`. */
export function figure(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const size = Math.abs(n);
  if (size === 0) return '0';
  if (size < 0.01) return n.toFixed(4);
  if (size < 10) return n.toFixed(2);
  if (size < 100) return n.toFixed(1);
  return grouped(n);
}

/** A share of one in per cent, without its sign: `4.1`. */
export const percent = (share: number): string => Number.isFinite(share) ? (share * 100).toFixed(1) : '–';

export interface Quantity { readonly text: string; readonly unit: string }

/** A duration in the unit that reads best. */
export function duration(ns: number): Quantity {
  if (!Number.isFinite(ns)) return {text: '–', unit: ''};
  const size = Math.abs(ns);
  if (size < 1e3) return {text: String(Math.round(ns)), unit: 'ns'};
  if (size < 1e6) return {text: figure(ns / 1e3), unit: 'µs'};
  if (size < 1e9) return {text: figure(ns / 1e6), unit: 'ms'};
  return {text: figure(ns / 1e9), unit: 's'};
}

/** A duration in milliseconds, whatever its size; for read-outs whose unit must not change under the reader. */
export const milliseconds = (ns: number): string => {
  if (!Number.isFinite(ns)) return '–';
  const ms = ns / 1e6;
  return ms !== 0 && Math.abs(ms) < 0.1 ? ms.toFixed(4) : ms < 100 ? ms.toFixed(2) : grouped(ms);
};

/** A rate with a prefix when large: `12 480`, `3.42 M`. */
export function rate(perSecond: number): Quantity {
  if (!Number.isFinite(perSecond)) return {text: '–', unit: ''};
  if (perSecond >= 1e9) return {text: figure(perSecond / 1e9), unit: 'G'};
  if (perSecond >= 1e6) return {text: figure(perSecond / 1e6), unit: 'M'};
  return {text: perSecond < 100 ? figure(perSecond) : grouped(perSecond), unit: ''};
}

/** A number for an axis: `0`, `500`, `15k`, `2M`. */
export function short(n: number): string {
  const size = Math.abs(n), trim = (v: number) => String(+v.toFixed(Math.abs(v) >= 100 ? 0 : 1));
  if (size >= 1e9) return `${trim(n / 1e9)}G`;
  if (size >= 1e6) return `${trim(n / 1e6)}M`;
  if (size >= 1e3) return `${trim(n / 1e3)}k`;
  return size >= 1 || size === 0 ? trim(n) : String(+n.toPrecision(1));
}

/** A value with its unit, set apart by a no-break space. */
export const withUnit = (text: string, unit: string): string => unit ? `${text}\u00a0${unit}` : text;

/** `1 worker`, `4 workers`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${grouped(n)}\u00a0${n === 1 ? one : many}`;

/** The beginning of a text, cut between words, with a sign that there is more. */
export function brief(text: string, most = 96): string {
  if (text.length <= most) return text;
  const cut = text.lastIndexOf(' ', most - 1);
  return `${text.slice(0, cut > most / 2 ? cut : most - 1).replace(/[\s,;:.]+$/, '')} …`;
}
