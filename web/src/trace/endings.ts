// endings — what was given up or failed before its time, and when: the latest of them, by number.

export interface Ending { readonly at: number; readonly why: number }

/** Keeps the latest `capacity`; a second ending of one number is none. */
export class Endings {
  readonly #by = new Map<number, Ending>();

  constructor(readonly capacity = 4096) {}

  get size(): number { return this.#by.size; }

  push(at: number, job: number, why: number): void {
    if (this.#by.has(job)) return;
    this.#by.set(job, {at, why});
    if (this.#by.size > this.capacity) for (const oldest of this.#by.keys()) { this.#by.delete(oldest); break; }
  }

  of(job: number): Ending | undefined { return this.#by.get(job); }
}
