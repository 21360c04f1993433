/**
 * Keys as text: "?", "/", "j", "Enter", "Escape", "Ctrl+k", "g c" (one after the other). "Ctrl" is Command on a Mac.
 * A sequence that began waits for its next key; anything else ends it.
 */

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The name of one press, or undefined for a modifier alone. */
export function pressName(press: KeyPress): string | undefined {
  const { key } = press;
  if (['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead'].includes(key)) return undefined;
  const name = key === ' ' ? 'Space' : key;
  const ctrl = press.ctrlKey || press.metaKey;
  return `${ctrl ? 'Ctrl+' : ''}${press.altKey ? 'Alt+' : ''}${ctrl && name.length === 1 ? name.toLowerCase() : name}`;
}

export const SEQUENCE_MS = 1500;

/** Which of the registered key sequences a stream of presses completes. */
export class SequenceMatcher {
  #pending: string[] = [];
  #last = 0;

  /** The sequence that this press completes; 'pending' where it begins or continues one; undefined where it means nothing. */
  press(name: string, at: number, sequences: Iterable<string>): { complete: string } | 'pending' | undefined {
    if (at - this.#last > SEQUENCE_MS) this.#pending = [];
    this.#last = at;
    const known = [...sequences];
    for (const attempt of [[...this.#pending, name], [name]]) {
      const text = attempt.join(' ');
      if (known.includes(text)) {
        this.#pending = [];
        return { complete: text };
      }
      if (known.some((sequence) => sequence.startsWith(`${text} `))) {
        this.#pending = attempt;
        return 'pending';
      }
    }
    this.#pending = [];
    return undefined;
  }

  reset(): void {
    this.#pending = [];
  }
}
