/** A choice of the reader that outlives the page: one word in local storage, or its default where storage is closed. */
export class Stored<T extends string> {
  readonly #key: string;
  #value: T = $state() as T;

  constructor(key: string, values: readonly T[], fallback: T) {
    this.#key = `coldwire.${key}`;
    const found = read(this.#key) as T | null;
    this.#value = found !== null && values.includes(found) ? found : fallback;
  }

  get value(): T {
    return this.#value;
  }

  set value(next: T) {
    this.#value = next;
    try {
      localStorage.setItem(this.#key, next);
    } catch {
      // Storage is full or closed: the choice holds until the page is left.
    }
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
