// modules — what the build provides under names of its own.

declare module 'virtual:sluice-catalogue' {
  const json: string;
  export default json;
}
