// frame-loop — the one loop of a page: first what moves is told the time, then what is dirty is drawn.

type Ticker = (now: number) => void;

export interface Picture {
  /** Draws at once; called at most once per frame, and only while on screen. */
  draw(now: number): void;
}

class FrameLoop {
  readonly #tickers = new Set<Ticker>();
  readonly #dirty = new Set<Picture>();
  #asked = 0;
  /** Milliseconds the last drawn frame took; for tests and for dropping to half rate. */
  lastCost = 0;
  #skip = false;

  /** Calls `ticker` on every frame until told to stop. */
  every(ticker: Ticker): () => void {
    this.#tickers.add(ticker);
    this.#ask();
    return () => { this.#tickers.delete(ticker); };
  }

  /** Draws `picture` in the next frame. */
  invalidate(picture: Picture): void {
    this.#dirty.add(picture);
    this.#ask();
  }

  forget(picture: Picture): void { this.#dirty.delete(picture); }

  #ask(): void {
    if (!this.#asked) this.#asked = requestAnimationFrame(this.#frame);
  }

  readonly #frame = (now: number): void => {
    this.#asked = 0;
    const began = performance.now();
    for (const ticker of [...this.#tickers]) ticker(now);
    // Over budget: draw every second frame, so that input is never what waits.
    this.#skip = this.lastCost > 8 && !this.#skip;
    if (!this.#skip) {
      const batch = [...this.#dirty];
      this.#dirty.clear();
      for (const picture of batch) picture.draw(now);
      this.lastCost = batch.length ? performance.now() - began : this.lastCost * 0.9;
    }
    if (this.#tickers.size || this.#dirty.size) this.#ask();
  };
}

export const frameLoop = new FrameLoop();
export type {FrameLoop};
