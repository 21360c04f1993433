import { SvelteMap } from 'svelte/reactivity';
import { pressName, SequenceMatcher } from './sequence.ts';

/** One thing that a reader can do. Palette, help and keys all read this. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: 'Pages' | 'Table' | 'View' | 'Case' | 'General';
  /** Key sequences: "?", "g c", "Ctrl+k". The first is shown. */
  readonly keys?: readonly string[];
  /** Also while a text field has the focus. */
  readonly inFields?: boolean;
  /** Not in the palette: moving a cursor is for keys alone. */
  readonly keysOnly?: boolean;
  readonly run: () => void;
}

const registered = new SvelteMap<string, Command>();
const matcher = new SequenceMatcher();

export const commands = (): Command[] => [...registered.values()];

/** Registers commands while the calling component lives. Call it while a component is set up. */
export function useCommands(list: () => readonly Command[]): void {
  $effect(() => {
    const mine = list();
    for (const command of mine) registered.set(command.id, command);
    return () => {
      for (const command of mine) if (registered.get(command.id) === command) registered.delete(command.id);
    };
  });
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !isToggle(target)));

const isToggle = (target: HTMLElement): boolean =>
  target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio');

/** A button or link does its own Enter and Space. */
const takesEnter = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && /^(BUTTON|A|SUMMARY)$/.test(target.tagName);

/** The one listener for keys: the shell puts it on the window. */
export function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = pressName(event);
  if (name === undefined) return;
  const inDialog = event.target instanceof Element && event.target.closest('dialog') !== null;
  const field = isField(event.target);
  if (inDialog || ((name === 'Enter' || name === 'Space') && takesEnter(event.target))) return;
  const usable = commands().filter((command) => command.keys && (!field || command.inFields === true));
  const match = matcher.press(
    name,
    event.timeStamp,
    usable.flatMap((command) => command.keys ?? []),
  );
  if (match === undefined) return;
  event.preventDefault();
  if (match === 'pending') return;
  usable.findLast((command) => command.keys?.includes(match.complete))?.run();
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
};

/** "Ctrl+k" → ["Ctrl", "K"], "g c" → ["g", "c"]: what goes into kbd elements. */
export const keyCaps = (sequence: string): string[] =>
  sequence
    .split(/[ +]/)
    .map((part) => NAMES[part] ?? (sequence.includes('+') && part.length === 1 ? part.toUpperCase() : part));
