/** What is wrong with a filter, and where: offsets are UTF-16 units into the text that the user typed. */
export interface FilterFault {
  readonly at: number;
  readonly length: number;
  readonly message: string;
  /** Words that would be accepted in that place, best first. */
  readonly suggestions: readonly string[];
}

/** Carries a fault out of the recursive descent; `compileFilter` turns it into its answer. */
export class FilterError extends Error implements FilterFault {
  override readonly name = 'FilterError';
  readonly at: number;
  readonly length: number;
  readonly suggestions: readonly string[];

  constructor(message: string, place: { at: number; length: number }, suggestions: readonly string[] = []) {
    super(message);
    this.at = place.at;
    this.length = place.length;
    this.suggestions = suggestions;
  }
}
