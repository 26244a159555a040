// engine-modules — the compiled engines, which exist only after a build.

declare module '*/engine/engine.mjs' {
  const create: import('./engine-api.js').CreateEngine;
  export default create;
}

declare module '*/engine/engine-sim.mjs' {
  const create: import('./engine-api.js').CreateEngine;
  export default create;
}

declare module '*/engine/explorer.mjs' {
  const create: import('./explorer-api.js').CreateExplorer;
  export default create;
}
