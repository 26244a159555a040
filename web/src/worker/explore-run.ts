// explore-run — turns the explorer in short slices, so that its worker can hear Stop, and tells how far it has come.
import type {ExplorerAccepted, ExplorerMessage, ExplorerReplayed, Progress} from '../protocol/explore.js';
import {errorCodes, failure, type ErrorCode} from '../protocol/run.js';
import type {ExplorerModule} from './explorer-api.js';
import type {Hands} from './hands.js';

export const exploreSliceMs = 12;
/** At most twenty reports a second. */
export const reportEveryMs = 50;

export class ExploreRun {
  readonly #explorer: ExplorerModule;
  readonly #post: (message: ExplorerMessage) => void;
  readonly #hands: Pick<Hands, 'now' | 'after'>;
  #program = '';
  #until = 0;
  #reported = 0;
  #cancel: (() => void) | undefined;

  constructor(explorer: ExplorerModule, post: (message: ExplorerMessage) => void, hands: Pick<Hands, 'now' | 'after'>) {
    this.#explorer = explorer;
    this.#post = post;
    this.#hands = hands;
  }

  get exploring(): boolean { return this.#cancel !== undefined; }

  start(program: string, limitMs: number): ExplorerAccepted {
    this.#rest();
    const answer = this.#accept(program);
    if (!answer.ok) return answer;
    const now = this.#hands.now();
    this.#until = now + limitMs;
    this.#reported = now;
    this.#turn();
    return answer;
  }

  stop(): void {
    if (!this.exploring) return;
    this.#rest();
    this.#explorer.stop();
    this.#report(this.#explorer.progress());
  }

  replay(program: string, choices: string): ExplorerReplayed {
    this.stop();
    if (program !== this.#program) {
      const answer = this.#accept(program);
      if (!answer.ok) return answer;
    }
    this.#explorer.replay(choices);
    return {ok: true, json: this.#explorer.interleaving()};
  }

  #accept(program: string): ExplorerAccepted {
    this.#program = '';
    const answer = JSON.parse(this.#explorer.start(program)) as {ok?: boolean; error?: {code: string; message: string}};
    if (answer.ok) {
      this.#program = program;
      return {ok: true};
    }
    const code = (errorCodes as readonly string[]).includes(answer.error?.code ?? '') ? answer.error!.code as ErrorCode : 'E_PARAM';
    return {ok: false, failure: failure(code, answer.error?.message ?? 'The explorer refused this program.', false)};
  }

  #turn(): void {
    this.#cancel = this.#hands.after(0, () => this.#slice());
  }

  #slice(): void {
    this.#cancel = undefined;
    this.#explorer.advance(exploreSliceMs);
    const now = this.#hands.now();
    const due = now - this.#reported >= reportEveryMs;
    let json = this.#explorer.progress();
    const {state} = JSON.parse(json) as Pick<Progress, 'state'>;
    if (state === 'exploring' && now < this.#until) {
      if (due) { this.#reported = now; this.#report(json); }
      return this.#turn();
    }
    if (state === 'exploring') {
      this.#explorer.stop();
      json = this.#explorer.progress();
    }
    this.#report(json);
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #report(json: string): void { this.#post({kind: 'progress', json}); }
}
