// engine-lock — at most one live engine among all pages and frames of this origin.

const name = 'sluice-engine';

/**
 * Held for as long as an engine is loaded. A reader who presses Run takes it over from whoever has it;
 * a demo that starts by itself only takes what is free. Without Web Locks every page keeps to itself.
 */
export class EngineLock {
  readonly #onTaken: () => void;
  #release: (() => void) | undefined;

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  get held(): boolean {
    return this.#release !== undefined;
  }

  /** Resolves to whether this page may have an engine now. */
  async acquire(how: {readonly takeOver: boolean}): Promise<boolean> {
    if (this.#release) return true;
    const locks = globalThis.navigator?.locks as LockManager | undefined;
    if (!locks) return true;
    return new Promise<boolean>((decided) => {
      let release: (() => void) | undefined;
      const options: LockOptions = how.takeOver ? {steal: true} : {ifAvailable: true};
      locks.request(name, options, (lock) => {
        if (!lock) return decided(false);
        return new Promise<void>((resolve) => {
          release = resolve;
          this.#release = resolve;
          decided(true);
        });
      }).catch((error: unknown) => {
        const mine = release !== undefined && this.#release === release;
        if (mine) this.#release = undefined;
        if (mine && (error as Error).name === 'AbortError') this.#onTaken();
        decided(true);  // locks refused altogether (opaque origin): as if there were none
      });
    });
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
