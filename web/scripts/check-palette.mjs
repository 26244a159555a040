// check-palette — contrast of every role pair, and the distance of the states for three colour-vision deficiencies.
import {readFileSync} from 'node:fs';
const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');
const themes = [{}, {}];
for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)) themes[0][name] = light, themes[1][name] = dark;

const linear = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const ratio = (a, b) => { const [x, y] = [a, b].map((c) => luminance(linear(c)) + 0.05).sort((p, q) => q - p); return x / y; };

// Machado, Oliveira, Fernandes 2009, severity 1
const eyes = {
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const see = (m, c) => m.map((row) => Math.min(1, Math.max(0, row[0] * c[0] + row[1] * c[1] + row[2] * c[2])));
const lab = ([r, g, b]) => {
  const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505), y = f(0.2126 * r + 0.7152 * g + 0.0722 * b), z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};
const distance = (a, b) => Math.hypot(...lab(a).map((v, i) => v - lab(b)[i]));

let bad = 0;
const need = (label, value, least) => { const ok = value >= least; bad += !ok; console.log(`${ok ? ' ok ' : 'LOW '} ${label.padEnd(44)} ${value.toFixed(2)}  (≥ ${least})`); };
themes.forEach((c, dark) => {
  const theme = dark ? 'dark ' : 'light';
  for (const under of ['bg', 'surface', 'sunk']) for (const text of ['ink', 'muted', 'accent', 'danger']) need(`${theme} text ${text} on ${under}`, ratio(c[text], c[under]), 4.5);
  need(`${theme} text on-accent on accent`, ratio(c['on-accent'], c.accent), 4.5);
  for (const fill of ['flow-fill', 'danger-fill', 'wait-fill']) need(`${theme} text ink on ${fill}`, ratio(c.ink, c[fill]), 4.5);
  for (const [text, under] of [['muted', 'flow-fill'], ['accent', 'flow-fill'], ['muted', 'wait-fill'], ['danger', 'danger-fill'], ['muted', 'cancel-fill']]) need(`${theme} text ${text} on ${under}`, ratio(c[text], c[under]), 4.5);
  for (const state of ['run', 'wait', 'idle', 'retry', 'cancel', 'flow']) need(`${theme} edge ${state} on surface`, ratio(c[state], c.surface), 3);
  for (const held of ['wait', 'retry', 'cancel']) need(`${theme} pattern ${held} on its fill`, ratio(c[held], c[`${held}-fill`]), 3);
  for (const on of ['bg', 'surface']) need(`${theme} control edge on ${on}`, ratio(c.rule, c[on]), 3);
  for (const [eye, m] of Object.entries(eyes)) {
    const states = ['run', 'wait', 'retry', 'cancel', 'danger'];
    states.forEach((a, i) => states.slice(i + 1).forEach((b) => need(`${theme} ${eye} ${a} / ${b}`, distance(see(m, linear(c[a])), see(m, linear(c[b]))), 12)));
  }
});
console.log(bad ? `${bad} too low` : 'all hold');
process.exitCode = bad ? 1 : 0;
