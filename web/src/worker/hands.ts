// hands — the clock and the timers of a worker; tests turn their own.

export interface Hands {
  now(): number;
  after(ms: number, then: () => void): () => void;
  readonly cores: number;
}

export function makeHands(): Hands {
  const channel = new MessageChannel();
  const soon = new Map<number, () => void>();
  let nextSoon = 0;
  channel.port1.onmessage = ({data}: MessageEvent<number>) => {
    const then = soon.get(data);
    soon.delete(data);
    then?.();
  };
  return {
    now: () => performance.now(),
    // Zero means at once, behind the messages that wait; a timer would be held back to 4 ms.
    after(ms, then) {
      if (ms === 0) {
        const id = nextSoon++;
        soon.set(id, then);
        channel.port2.postMessage(id);
        return () => soon.delete(id);
      }
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    cores: navigator.hardwareConcurrency || 1,
  };
}
