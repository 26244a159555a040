// hosts — the same headers in the words of the servers and hosts people use.
import {caching, everyFile, policies, type Headers} from './headers.js';

const csp = 'Content-Security-Policy';
const cache = 'Cache-Control';

/** File name to contents; all of them lie beside the built pages. */
export function hostFiles(): Record<string, string> {
  return {
    '_headers': underscoreHeaders(),
    'vercel.json': vercel(),
    'hosting/nginx.conf': nginx(),
    'hosting/Caddyfile': caddy(),
    'hosting/apache.htaccess': apache(),
  };
}

/** Netlify and Cloudflare Pages. Rules add up, so no header is named by two rules that meet. */
function underscoreHeaders(): string {
  const block = (path: string, headers: Headers) => [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join('\n');
  return [
    '# Netlify and Cloudflare Pages read this file.',
    block('/*', everyFile),
    block('/', {[csp]: policies.playground, [cache]: caching.named}),
    block('/index.html', {[csp]: policies.playground, [cache]: caching.named}),
    block('/embed', {[csp]: policies.embed, [cache]: caching.named}),
    block('/embed.html', {[csp]: policies.embed, [cache]: caching.named}),
    block('/sluice-demo.js', {[csp]: policies.script, [cache]: caching.named}),
    block('/assets/*', {[csp]: policies.script, [cache]: caching.hashed}),
  ].join('\n\n') + '\n';
}

function vercel(): string {
  const list = (headers: Headers) => Object.entries(headers).map(([key, value]) => ({key, value}));
  return JSON.stringify({
    headers: [
      {source: '/(.*)', headers: list(everyFile)},
      {source: '/(index.html)?', headers: list({[csp]: policies.playground, [cache]: caching.named})},
      {source: '/embed(.html)?', headers: list({[csp]: policies.embed, [cache]: caching.named})},
      {source: '/sluice-demo.js', headers: list({[csp]: policies.script, [cache]: caching.named})},
      {source: '/assets/(.*)', headers: list({[csp]: policies.script, [cache]: caching.hashed})},
    ],
  }, null, 2) + '\n';
}

function nginx(): string {
  const add = (headers: Headers, indent: string) => Object.entries(headers).map(([name, value]) => `${indent}add_header ${name} "${value}" always;`).join('\n');
  // A location with an add_header of its own inherits none, so the policy and the caching come from maps.
  return `# nginx: the maps belong in http { }, the rest in server { } of the site.
map $uri $sluice_policy {
    default             "${policies.playground}";
    ~/embed(\\.html)?$   "${policies.embed}";
    ~\\.(m?js|wasm|json|css|svg)$ "${policies.script}";
}
map $uri $sluice_caching {
    default    "${caching.named}";
    ~/assets/  "${caching.hashed}";
}

server {
    types { application/wasm wasm; }
${add({...everyFile, [csp]: '$sluice_policy', [cache]: '$sluice_caching'}, '    ')}
}
`;
}

function caddy(): string {
  const lines = (headers: Headers) => Object.entries(headers).map(([name, value]) => `\t${name} "${value}"`).join('\n');
  return `# Caddy: inside the block of the site.
@embed path */embed.html */embed
@script path *.js *.mjs *.wasm *.json *.css *.svg
@page not path *.js *.mjs *.wasm *.json *.css *.svg */embed.html */embed
@hashed path */assets/*
@named not path */assets/*
header {
${lines(everyFile)}
}
header @page ${csp} "${policies.playground}"
header @embed ${csp} "${policies.embed}"
header @script ${csp} "${policies.script}"
header @hashed ${cache} "${caching.hashed}"
header @named ${cache} "${caching.named}"
`;
}

function apache(): string {
  const set = (headers: Headers) => Object.entries(headers).map(([name, value]) => `Header always set ${name} "${value}"`).join('\n');
  return `# Apache: as .htaccess beside the pages; needs mod_headers and mod_mime.
AddType application/wasm .wasm
${set(everyFile)}
${set({[csp]: policies.playground, [cache]: caching.named})}
<FilesMatch "^embed\\.html$">
${set({[csp]: policies.embed})}
</FilesMatch>
<FilesMatch "\\.(m?js|wasm|json|css|svg)$">
${set({[csp]: policies.script})}
</FilesMatch>
<If "%{REQUEST_URI} =~ m#/assets/#">
${set({[cache]: caching.hashed})}
</If>
`;
}
