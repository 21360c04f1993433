/** Who sits here, as they last said: filled in for them the next time, in this browser alone. */
const KEY = 'coldwire.operator';

export function operatorName(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export function keepOperatorName(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Storage is closed: the name is typed again.
  }
}
