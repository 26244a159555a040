// probe — answers once, through shared memory, to show that sharing works.
/// <reference lib="webworker" />

self.onmessage = ({data}: MessageEvent<WebAssembly.Memory>) => {
  Atomics.add(new Int32Array(data.buffer, 0, 1), 0, 1);
  self.postMessage('done');
};

export {};
