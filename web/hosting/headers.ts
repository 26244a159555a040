// headers — what every server of these pages has to say, in one place: dev, preview, and the files for common hosts.

export type Headers = Readonly<Record<string, string>>;

/** Together these isolate a frame wherever it can be isolated; each alone fails in some kind of host page. */
export const isolation: Headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Document-Isolation-Policy': 'isolate-and-require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

export const everyFile: Headers = {
  ...isolation,
  'Access-Control-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()',
};

const worker = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
const page = `${worker}; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types lit-html sluice`;

/** Workers go without Trusted Types: the threads of the engine are started by Emscripten's own code. */
export const policies = {
  playground: `${page}; frame-ancestors 'self'`,
  embed: `${page}; frame-ancestors *`,
  script: worker,
};

export const caching = {
  hashed: 'public, max-age=31536000, immutable',
  named: 'no-cache',
};

/** All headers of one file of the built pages. */
export function headersFor(pathname: string): Headers {
  const html = pathname.endsWith('/') || pathname.endsWith('.html') || !/\.[a-z0-9]+$/i.test(pathname);
  const policy = !html ? policies.script : /(^|\/)embed(\.html)?$/.test(pathname) ? policies.embed : policies.playground;
  return {
    ...everyFile,
    'Content-Security-Policy': policy,
    'Cache-Control': /(^|\/)assets\//.test(pathname) ? caching.hashed : caching.named,
  };
}
