// time-view — which stretch of the run is in view, and whether it slides or stands still.
import {niceTop} from '../base/scale.js';
import type {TimeRange} from './pen.js';

/** Sliding faster than this, ms from edge to edge, nothing can be read: the picture is taken as stills instead. */
const readable = 700;
const stillsEvery = 470;
const least = 2e3, most = 60e9;

export class TimeView {
  /** Width in ns; undefined until chosen, by the reader or from the work itself. */
  span = 18e6;
  /** The reader chose the width: it is not chosen for them again. */
  chosen = false;
  /** How far the right edge lies behind the present, ns; 0 follows it. */
  behind = 0;
  #held: number | undefined;
  #heldAt = 0;
  #suited = false;

  /** True while the picture is a still, renewed twice a second. */
  strobe = false;

  /**
   * The stretch to draw. `pace` is run time per wall time: 1 when measured, the speed when virtual.
   */
  range(now: number, wall: number, pace: number, virtual: boolean, moving: boolean): TimeRange {
    this.strobe = moving && this.behind === 0 && pace > 0 && this.span / 1e6 / pace < readable;
    let edge = now - this.behind;
    if (this.strobe) {
      if (this.#held === undefined || wall - this.#heldAt >= stillsEvery || now < this.#held) { this.#held = now; this.#heldAt = wall; }
      edge = this.#held;
    } else this.#held = undefined;
    // A run younger than the picture is wide, and standing still: what there is fills the picture.
    const span = !moving && now > 0 && now < this.span / 2 ? Math.min(this.span, Math.max(1e3, niceTop(now * 1.15))) : this.span, to = Math.max(edge, span);
    return {from: to - span, to, virtual};
  }

  zoom(factor: number): void {
    this.span = Math.min(most, Math.max(least, this.span * factor));
    this.chosen = true;
  }

  /** Moves the view by a share of its width; forwards ends at the present. */
  pan(share: number, now: number): void {
    this.behind = Math.min(Math.max(0, now - this.span), Math.max(0, this.behind - share * this.span));
  }

  follow(): void { this.behind = 0; this.#held = undefined; }

  /** About sixty pieces of work across, unless the reader has chosen. */
  suit(typicalWork: number, width: number): void {
    if (this.chosen || !(typicalWork > 0)) return;
    const pieces = width < 480 ? 26 : 60, power = 10 ** Math.floor(Math.log10(typicalWork * pieces)), lead = typicalWork * pieces / power;
    const span = Math.min(2e9, Math.max(1e4, (lead < 1.5 ? 1 : lead < 3 ? 2 : lead < 7 ? 5 : 10) * power));
    if (this.#suited && span / this.span > 0.35 && span / this.span < 2.8) return;      // near enough: do not jump to and fro
    this.span = span;
    this.#suited = true;
  }
}
