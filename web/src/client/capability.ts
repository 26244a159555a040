// capability — finds out by trying whether threads can be had here: each link of the chain lies in some browser.
import {threadCap, type Capability, type CapabilityReason} from '../protocol/capability.js';

/** What is tried; tests put their own in its place. */
export interface Surroundings {
  readonly isolated: boolean;
  readonly sharedArrayBuffer: boolean;
  readonly cores: number | undefined;
  compiles(): boolean;
  /** Whether a worker sees, and answers into, memory shared with it. */
  workerAnswers(): Promise<boolean>;
}

export async function findCapability(around: Surroundings): Promise<Capability> {
  const cores = plausibleCores(around.cores);
  const finding = (reason: CapabilityReason, text: string): Capability => ({
    threads: reason === 'ok', wasm: reason !== 'no-wasm', reason, text, cores, threadCap: threadCap(cores),
  });
  if (!around.compiles())
    return finding('no-wasm', 'WebAssembly is off here, or the policy of this page refuses it.');
  if (!around.isolated)
    return finding('not-isolated',
      'This page cannot share memory between threads. The simulated scheduler runs instead.');
  if (!around.sharedArrayBuffer)
    return finding('no-shared-memory', 'This browser hides shared memory. The simulated scheduler runs instead.');
  if (!(await around.workerAnswers().catch(() => false)))
    return finding('no-answer',
      'A worker did not see memory shared with it. The simulated scheduler runs instead.');
  return finding('ok', `Real threads: memory is shared, and the browser reports ${cores} ${cores === 1 ? 'core: no speed-up to expect' : 'cores'}.`);
}

/** A browser may say nothing, zero or a fraction. */
export function plausibleCores(claimed: number | undefined): number {
  return Number.isFinite(claimed) && claimed! >= 1 ? Math.min(1024, Math.floor(claimed!)) : 1;
}

const smallestModule = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** This very page. */
export function here(spawnProbe: () => Worker, timeoutMs = 3000): Surroundings {
  return {
    isolated: globalThis.crossOriginIsolated === true,
    sharedArrayBuffer: typeof SharedArrayBuffer === 'function',
    cores: navigator.hardwareConcurrency,
    compiles() {
      try {
        return new WebAssembly.Module(smallestModule) instanceof WebAssembly.Module;
      } catch {
        return false;
      }
    },
    async workerAnswers() {
      const memory = new WebAssembly.Memory({initial: 1, maximum: 1, shared: true});
      const cell = new Int32Array(memory.buffer, 0, 1);
      const probe = spawnProbe();
      try {
        return await new Promise<boolean>((resolve) => {
          setTimeout(() => resolve(false), timeoutMs);
          probe.onmessage = () => resolve(Atomics.load(cell, 0) === 1);
          probe.onerror = () => resolve(false);
          probe.postMessage(memory);  // throws where memory may not be shared
        });
      } finally {
        probe.terminate();
      }
    },
  };
}
