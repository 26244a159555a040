// virtual — what the build makes out of the C++ sources.
declare module 'virtual:scenario-code' {
  type Code = {readonly file: string; readonly lines: readonly (readonly [number, readonly (readonly [string, string])[]])[]};
  const code: Readonly<Record<string, () => Promise<Code & {readonly go?: Code}>>>;
  export default code;
}

declare module 'virtual:scenario-recording' {
  const recordings: Readonly<Record<string, () => Promise<import('../trace/recording.js').Recording>>>;
  export default recordings;
}

declare module 'virtual:explorer-source' {
  type Code = {readonly file: string; readonly lines: readonly (readonly [number, readonly (readonly [string, string])[]])[]};
  const code: Readonly<Record<string, () => Promise<Code>>>;
  export default code;
}
