/** What a person has chosen to see, and what each key changes of it. */

/** A key that was pressed: its name as Node's readline has it, and the character it types, if any. */
export interface Key {
  readonly name: string | undefined;
  readonly text: string | undefined;
  readonly isControl: boolean;
}

/** What is chosen. */
export interface ViewState {
  /** The chosen row, from 0; what is seen moves along. */
  readonly row: number;
  /** Whether a key has chosen a row, so that it is marked. */
  readonly isRowChosen: boolean;
  /** Applications instead of source servers; undefined leaves it to the room there is. */
  readonly isGrouped: boolean | undefined;
  /** Keys of the applications that show their source servers. */
  readonly open: ReadonlySet<string>;
  readonly isFailuresOnly: boolean;
  readonly filter: string;
  /** Whether keys go to the filter. */
  readonly isTyping: boolean;
  readonly isHelp: boolean;
}

/** Nothing chosen. */
export const firstView: ViewState = {
  row: 0,
  isRowChosen: false,
  isGrouped: undefined,
  open: new Set(),
  isFailuresOnly: false,
  filter: '',
  isTyping: false,
  isHelp: false,
};

/** What the keys act upon. */
export interface Shown {
  readonly rowCount: number;
  /** How many rows fit. */
  readonly pageRows: number;
  readonly isGrouped: boolean;
  /** The key of the application in the chosen row, if it is one. */
  readonly application: string | undefined;
}

/** What a key asks for beside another view. */
export type KeyAction = 'leave' | 'redraw';

/** Most characters of a filter. */
const filterMax = 60;

/** The view after a key, and what else the key asks for. */
export function pressed(state: ViewState, key: Key, shown: Shown): { view: ViewState; action?: KeyAction } {
  if (key.isControl) return key.name === 'l' ? { view: state, action: 'redraw' } : { view: state };
  if (state.isTyping) return { view: typed(state, key) };
  const moved = movedRow(state, key, shown);
  if (moved !== undefined) return { view: { ...state, row: moved, isRowChosen: true } };
  switch (key.name === undefined || key.text === '/' || key.text === '?' ? key.text : key.name) {
    case 'q':
      return { view: state, action: 'leave' };
    case 'g':
      return { view: { ...state, isGrouped: !shown.isGrouped, row: 0, isRowChosen: false } };
    case 'f':
      return { view: { ...state, isFailuresOnly: !state.isFailuresOnly, row: 0, isRowChosen: false } };
    case '/':
      return { view: { ...state, isTyping: true, isHelp: false } };
    case '?':
    case 'h':
      return { view: { ...state, isHelp: !state.isHelp } };
    case 'escape':
      return { view: { ...firstView, open: state.open, isGrouped: state.isGrouped } };
    case 'return':
    case 'enter':
    case 'space':
    case 'right':
    case 'left':
      return { view: toggled(state, key, shown) };
    default:
      return { view: state };
  }
}

function typed(state: ViewState, { name, text }: Key): ViewState {
  switch (name) {
    case 'escape':
      return { ...state, isTyping: false, filter: '', row: 0 };
    case 'return':
    case 'enter':
      return { ...state, isTyping: false };
    case 'backspace':
      return { ...state, filter: state.filter.slice(0, -1), row: 0 };
    default: {
      const isLetter = text !== undefined && /^[^\p{Cc}\p{Cf}\p{Cs}]$/u.test(text);
      return isLetter ? { ...state, filter: (state.filter + text).slice(0, filterMax), row: 0 } : state;
    }
  }
}

function movedRow({ row }: ViewState, { name }: Key, { rowCount, pageRows }: Shown): number | undefined {
  const within = (to: number) => Math.max(0, Math.min(rowCount - 1, to));
  switch (name) {
    case 'up':
    case 'k':
      return within(row - 1);
    case 'down':
    case 'j':
      return within(row + 1);
    case 'pageup':
      return within(row - pageRows);
    case 'pagedown':
      return within(row + pageRows);
    case 'home':
      return 0;
    case 'end':
      return within(rowCount - 1);
    default:
      return undefined;
  }
}

function toggled(state: ViewState, { name }: Key, { application }: Shown): ViewState {
  if (application === undefined) return state;
  const isOpen = state.open.has(application);
  const open = new Set(state.open);
  if (isOpen && name !== 'right') open.delete(application);
  if (!isOpen && name !== 'left') open.add(application);
  return { ...state, open, isRowChosen: true };
}

/** What the keys do, as lines; `leaving` says what q does. */
export function keyHelp(leaving: string): string[] {
  return [
    'Keys',
    '  ↑ ↓  PageUp PageDown  Home End   choose a row',
    '  g        applications or source servers',
    '  Enter    show or hide the source servers of the chosen application',
    '  f        only what has failed, is brought back or needs a person',
    '  /        filter by host name, ID, application or phase; Enter keeps it, Esc clears it',
    '  Ctrl-L   draw the screen anew',
    `  q        ${leaving}`,
    '  ?        this help, and back',
  ];
}
