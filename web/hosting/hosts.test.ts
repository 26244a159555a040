import {describe, expect, it} from 'vitest';

import {everyFile, headersFor, policies} from './headers.js';
import {hostFiles} from './hosts.js';

const files = hostFiles();

describe('the four headers', () => {
  it('are exactly those that isolate a frame everywhere', () => {
    expect(headersFor('/embed.html')).toMatchObject({
      'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp',
      'Document-Isolation-Policy': 'isolate-and-require-corp', 'Cross-Origin-Resource-Policy': 'cross-origin',
    });
  });

  it.each(['_headers', 'vercel.json', 'hosting/nginx.conf', 'hosting/Caddyfile', 'hosting/apache.htaccess'])('are all in %s', (name) => {
    for (const [header, value] of Object.entries(everyFile)) {
      expect(files[name]).toContain(header);
      expect(files[name]).toContain(value);
    }
    for (const policy of Object.values(policies)) expect(files[name]).toContain(policy);
  });
});

describe('the policy', () => {
  it('lets anybody frame the embed and nobody else the playground', () => {
    expect(headersFor('/embed.html')['Content-Security-Policy']).toContain('frame-ancestors *');
    for (const path of ['/', '/index.html', '/1.0/']) expect(headersFor(path)['Content-Security-Policy']).toContain("frame-ancestors 'self'");
  });

  it('has no word that lets text become code', () => {
    for (const policy of Object.values(policies)) expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*:|https?:/);
  });

  it('keeps hashed files for ever and named ones not at all', () => {
    expect(headersFor('/assets/index-abc.js')['Cache-Control']).toContain('immutable');
    expect(headersFor('/sluice-demo.js')['Cache-Control']).toBe('no-cache');
  });

  it('of Netlify and Vercel says per path what the servers say', () => {
    const rules = netlify(files['_headers']!);
    for (const path of ['/', '/index.html', '/embed.html', '/sluice-demo.js', '/assets/a.wasm']) expect(rules(path)).toEqual(headersFor(path));
    const vercel = JSON.parse(files['vercel.json']!) as {headers: {source: string; headers: {key: string; value: string}[]}[]};
    for (const path of ['/', '/index.html', '/embed.html', '/sluice-demo.js', '/assets/a.wasm']) {
      const matching = vercel.headers.filter((rule) => new RegExp(`^${rule.source}$`).test(path));
      expect(Object.fromEntries(matching.flatMap((rule) => rule.headers.map((h) => [h.key, h.value])))).toEqual(headersFor(path));
    }
  });
});

/** Rules of a `_headers` file, applied to a path. */
function netlify(text: string): (path: string) => Record<string, string> {
  const rules: {path: string; headers: [string, string][]}[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('/')) rules.push({path: line.trim(), headers: []});
    else if (/^\s+\S/.test(line)) rules.at(-1)!.headers.push([line.trim().split(': ')[0]!, line.trim().split(': ').slice(1).join(': ')]);
  }
  return (path) => Object.fromEntries(rules
    .filter((rule) => (rule.path.endsWith('*') ? path.startsWith(rule.path.slice(0, -1)) : path === rule.path))
    .flatMap((rule) => rule.headers));
}
