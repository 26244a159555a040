// scenario-code — the C++ that a scenario page shows, and the Go that says the same: cut from the real source by markers and coloured while the page is built.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {createCssVariablesTheme, createHighlighter, type BundledTheme, type Highlighter} from 'shiki';

/** Where scenarios lie. */
export const sources = fileURLToPath(new URL('../../core/sluice/scenarios/', import.meta.url));
const index = 'virtual:scenario-code', one = 'virtual:scenario-code/';

export interface CutLine { readonly number: number; readonly text: string }

/**
 * The lines between `// [show]` and `// [/show]`, with their numbers in the file and without the indentation they share.
 * Throws    when a marker has no partner.
 */
export function cut(source: string, file = 'source'): CutLine[] {
  const kept: CutLine[] = [];
  let showing = 0;
  source.split('\n').forEach((text, i) => {
    const marker = /^\s*\/\/ \[(\/?)show\]\s*$/.exec(text);
    if (!marker) { if (showing) kept.push({number: i + 1, text: text.trimEnd()}); return; }
    const opens = marker[1] === '';
    if (opens === (showing > 0)) throw new Error(`${file}:${i + 1}: ${opens ? '[show] inside [show]' : '[/show] without [show]'}`);
    showing = opens ? i + 1 : 0;
  });
  if (showing) throw new Error(`${file}:${showing}: [show] without [/show]`);
  const shared = Math.min(...kept.filter((l) => l.text).map((l) => l.text.length - l.text.trimStart().length), 80);
  return kept.map((l) => ({number: l.number, text: l.text.slice(shared)}));
}

export type Token = readonly [kind: string, text: string];

const kinds: readonly (readonly [RegExp, string])[] = [[/keyword/, 'k'], [/comment/, 'c'], [/string/, 's'], [/constant/, 'd'], [/function/, 'n']];
const kindOf = (colour: string | undefined): string => kinds.find(([of]) => of.test(colour ?? ''))?.[1] ?? '';

let highlighter: Promise<Highlighter> | undefined;

export type Language = 'cpp' | 'go';

/** Tokens by line; neighbours of one kind are joined, so that a page carries words and not colours. */
export async function colour(lines: readonly CutLine[], lang: Language = 'cpp'): Promise<(readonly [number, readonly Token[]])[]> {
  highlighter ??= createHighlighter({themes: [createCssVariablesTheme()], langs: ['cpp', 'go']});
  const tokens = (await highlighter).codeToTokensBase(lines.map((l) => l.text).join('\n'), {
    lang, theme: 'css-variables' as BundledTheme, tokenizeTimeLimit: 0,      // a busy machine must not change the colours
  });
  return lines.map((line, i) => {
    const out: [string, string][] = [];
    for (const token of tokens[i] ?? []) {
      const blank = token.content.trim() === '', kind = blank ? '' : kindOf(token.color), last = out[out.length - 1];
      if (last && (last[0] === kind || blank)) last[1] += token.content; else out.push([kind, token.content]);
    }
    return [line.number, out] as const;
  });
}

/** Where the Go form of a source would lie. */
export const goFormOf = (file: string): string => join('go', basename(file).replace(/\.cpp$/, '.go'));

function shown(): string[] {
  return readdirSync(sources, {recursive: true, encoding: 'utf8'}).filter((f) => f.endsWith('.cpp') && readFileSync(join(sources, f), 'utf8').includes('// [show]'));
}

/** Vite: `virtual:scenario-code` is a record from file name to a function that fetches its code, a chunk of its own each. */
export function scenarioCode() {
  return {
    name: 'sluice-scenario-code',
    resolveId: (id: string) => (id === index || id.startsWith(one) ? `\0${id}` : undefined),
    async load(this: {addWatchFile(file: string): void}, id: string) {
      if (id === `\0${index}`) return `export default {${shown().map((f) => `${JSON.stringify(basename(f))}: () => import(${JSON.stringify(one + f)}).then((m) => m.default)`).join(',')}};`;
      if (!id.startsWith(`\0${one}`)) return undefined;
      const listing = async (of: string, lang: Language) => {
        const path = join(sources, of);
        this.addWatchFile(path);
        return {file: basename(of), lines: await colour(cut(readFileSync(path, 'utf8'), of), lang)};
      };
      const file = id.slice(one.length + 1), go = goFormOf(file);
      return `export default ${JSON.stringify({...await listing(file, 'cpp'), ...(existsSync(join(sources, go)) ? {go: await listing(go, 'go')} : {})})};`;
    },
  };
}
