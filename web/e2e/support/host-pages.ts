// host-pages — other people's pages with a demo in them.
import type {IncomingMessage, ServerResponse} from 'node:http';

/**
 * `/element` with the one-line element, `/iframe` with the plain iframe. In the query: `isolated` adds COOP and COEP,
 * `csp` a strict policy, `bare` takes the runtime from the server without headers; everything else goes to the demo.
 */
export function hostPage(request: IncomingMessage, response: ServerResponse, at: {site: string; bare: string}): void {
  const url = new URL(request.url ?? '/', 'http://x');
  if (url.pathname === '/favicon.ico') {
    response.writeHead(204).end();
    return;
  }
  const flags = new Set(['isolated', 'csp', 'bare'].filter((flag) => url.searchParams.has(flag)));
  for (const flag of flags) url.searchParams.delete(flag);
  const base = flags.has('bare') ? at.bare : at.site;
  const headers: Record<string, string> = {'content-type': 'text/html; charset=utf-8'};
  if (flags.has('isolated')) {
    headers['cross-origin-opener-policy'] = 'same-origin';
    headers['cross-origin-embedder-policy'] = 'require-corp';
  }
  if (flags.has('csp'))
    headers['content-security-policy'] = `default-src 'none'; script-src ${base}; frame-src ${base}; style-src 'none'; img-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
  const attributes = [...url.searchParams].map(([name, value]) => `${name}="${escape(value)}"`).join(' ');
  const demo = url.pathname === '/iframe'
    ? `<iframe src="${base}/embed.html?${escape(url.searchParams.toString())}" title="Sluice demo" width="700" height="460" referrerpolicy="strict-origin"
        allow="cross-origin-isolated; fullscreen; clipboard-write"
        sandbox="allow-scripts allow-same-origin allow-downloads allow-popups allow-popups-to-escape-sandbox"></iframe>`
    : `<script type="module" src="${base}/sluice-demo.js" crossorigin></script>\n<sluice-demo ${attributes}>A pool of workers.</sluice-demo>`;
  response.writeHead(200, headers).end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Somebody else's documentation</title></head>
<body><main><h1>Bounded queues</h1>
${demo}
<p>Text after the demo.</p></main></body></html>`);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
