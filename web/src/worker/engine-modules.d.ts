// engine-modules — the compiled engines, which exist only after a build.

interface ImportMeta {
  /** The bundler's: each module that the patterns find, by its path, to be fetched when it is called for. */
  glob<Module>(patterns: string | readonly string[]): Record<string, () => Promise<Module>>;
}

declare module '*/engine/explorer.mjs' {
  const create: import('./explorer-api.js').CreateExplorer;
  export default create;
}
