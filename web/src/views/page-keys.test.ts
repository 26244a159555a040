import {describe, expect, it} from 'vitest';
import {handleKey, type KeyAction} from './page-keys.js';

class FakeElement { constructor(readonly is: string) {} matches(selector: string) { return selector.split(',').some((s) => s.trim().replace(/:not\(.*\)/, '') === this.is); } }
Object.assign(globalThis, {Element: FakeElement});

const press = (key: string, at = 'div', more: Partial<KeyboardEvent> = {}) => {
  const done: string[] = [];
  const actions: KeyAction[] = [{keys: [' '], shown: 'Space', says: 'run', act: () => done.push('run')}, {keys: ['r'], shown: 'R', says: 'again', act: () => done.push('again')}, {keys: ['Shift+ArrowRight'], shown: '', says: '', act: () => done.push('ten')}];
  let prevented = false;
  const event = {key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, defaultPrevented: false, composedPath: () => [new FakeElement(at)], preventDefault: () => { prevented = true; }, ...more};
  handleKey(event as unknown as KeyboardEvent, actions);
  return {done, prevented};
};

describe('page keys', () => {
  it('act, and keep the page from scrolling', () => { expect(press(' ')).toEqual({done: ['run'], prevented: true}); });
  it('do not mind capitals', () => { expect(press('R').done).toEqual(['again']); });
  it('leave text alone', () => { expect(press('r', 'input').done).toEqual([]); expect(press('r', 'select').done).toEqual([]); });
  it('leave Space to the button that has the focus', () => { expect(press(' ', 'button').done).toEqual([]); expect(press('r', 'button').done).toEqual(['again']); });
  it('leave the browser its own', () => { expect(press('r', 'div', {ctrlKey: true}).done).toEqual([]); expect(press('r', 'div', {metaKey: true}).done).toEqual([]); });
  it('know Shift with an arrow', () => { expect(press('ArrowRight', 'div', {shiftKey: true}).done).toEqual(['ten']); });
});
