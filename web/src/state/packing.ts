// packing — JSON in the fragment of a link: deflated, in letters that need no escaping, and bounded on the way back.

export const maxFragmentBytes = 64 * 1024;
export const maxInflatedBytes = 256 * 1024;

export async function pack(json: string): Promise<string> {
  return toBase64Url(await pump(new TextEncoder().encode(json), new CompressionStream('deflate-raw'), Infinity));
}

/** What was packed, or nothing when the text is damaged or inflates without end. */
export async function unpack(text: string): Promise<{readonly data: unknown} | undefined> {
  try {
    const inflated = await pump(fromBase64Url(text), new DecompressionStream('deflate-raw'), maxInflatedBytes);
    return {data: JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(inflated))};
  } catch {
    return undefined;
  }
}

/** Whether something aims at the prototype, or lies deeper than `depth`. */
export function hasForbiddenKey(data: unknown, depth: number): boolean {
  if (typeof data !== 'object' || data === null) return false;
  if (depth === 0) return true;
  return Object.keys(data).some((key) => key === '__proto__' || key === 'constructor' || key === 'prototype'
    || hasForbiddenKey((data as Record<string, unknown>)[key], depth - 1));
}

/** Runs bytes through a transform, and stops reading once more than `limit` have come out. */
async function pump(
    bytes: Uint8Array<ArrayBuffer>, through: CompressionStream | DecompressionStream,
    limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const writer = through.writable.getWriter();
  writer.write(bytes).catch(() => undefined);  // the reader is told of the same error
  writer.close().catch(() => undefined);
  const reader = through.readable.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    total += value.length;
    if (total > limit) {
      await reader.cancel();
      throw new RangeError('inflates to more than a link may hold');
    }
    chunks.push(value);
  }
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(encoded: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(encoded)) throw new SyntaxError('not base64url');
  return Uint8Array.from(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}
