// modules — what the build provides under names of its own.

/** From package.json. */
declare const __SLUICE_VERSION__: string;

declare module 'virtual:sluice-catalogue' {
  const json: string;
  export default json;
}
