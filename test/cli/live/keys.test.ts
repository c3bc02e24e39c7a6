import { firstView, pressed, type Key, type Shown, type ViewState } from '../../../cli/live/view-state.ts';

const key = (name: string, text?: string): Key => ({ name, text, isControl: false });
const typing = (text: string) => Array.from(text, (letter) => key(letter, letter));
const shown: Shown = { rowCount: 50, pageRows: 10, isGrouped: true, application: 'shop' };

const after = (keys: readonly Key[], from: ViewState = firstView, on: Shown = shown) =>
  keys.reduce<ReturnType<typeof pressed>>(({ view }, each) => pressed(view, each, on), { view: from });

describe('keys', () => {
  it.each([
    [['down', 'down', 'up'], 1],
    [['pagedown', 'pagedown', 'pageup'], 10],
    [['end'], 49],
    [['end', 'down'], 49],
    [['end', 'home', 'up'], 0],
  ])('%j choose row %d and stay in the list', (names, row) => {
    expect(after(names.map((name) => key(name))).view).toMatchObject({ row, isRowChosen: true });
  });

  it('switch between applications and source servers, whichever is shown', () => {
    expect(after([key('g', 'g')]).view.isGrouped).toBe(false);
    expect(after([key('g', 'g')], firstView, { ...shown, isGrouped: false }).view.isGrouped).toBe(true);
  });

  it('open and close the chosen application', () => {
    const opened = after([key('return', '\r')]).view;
    expect([...opened.open]).toEqual(['shop']);
    expect([...after([key('right')], opened).view.open]).toEqual(['shop']);
    expect([...after([key('return')], opened).view.open]).toEqual([]);
    expect(after([key('return')], firstView, { ...shown, application: undefined }).view).toBe(firstView);
  });

  it('show failures only, and all again', () => {
    expect(after([key('f', 'f')]).view.isFailuresOnly).toBe(true);
    expect(after([key('f', 'f'), key('f', 'f')]).view.isFailuresOnly).toBe(false);
  });

  it('type a filter after /, letters that are keys elsewhere included, until Enter or Esc', () => {
    const filtered = after([key('/', '/'), ...typing('qgf?'), key('backspace'), key('return')]);
    expect(filtered).toMatchObject({ view: { filter: 'qgf', isTyping: false } });
    expect(filtered.action).toBeUndefined();
    expect(after([key('escape')], filtered.view).view.filter).toBe('');
    expect(after([key('/', '/'), ...typing('web'), key('escape')]).view).toMatchObject({ filter: '', isTyping: false });
  });

  it('take no control character into the filter, and no novel', () => {
    const filtered = after([key('/', '/'), key('tab', '\t'), key('x', '\u001b'), ...typing('y'.repeat(200))]);
    expect(filtered.view.filter).toBe('y'.repeat(60));
  });

  it('clear everything with Esc', () => {
    expect(after([key('f', 'f'), key('down'), key('escape')]).view).toMatchObject({ isFailuresOnly: false, row: 0 });
  });

  it('ask for help, for leaving, and for another drawing', () => {
    expect(after([key('?', '?')]).view.isHelp).toBe(true);
    expect(after([key('q', 'q')]).action).toBe('leave');
    expect(pressed(firstView, { name: 'l', text: '\f', isControl: true }, shown).action).toBe('redraw');
  });
});
