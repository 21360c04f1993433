import { goto } from '$app/navigation';
import { page } from '$app/state';
import { readView, scopeParams, secondsText, writeView, type View } from './view.ts';

/** The view of the current address; changing it changes the address. */
export class ViewState {
  readonly view: View = $derived(readView(page.url.searchParams));
  readonly scope: URLSearchParams = $derived(scopeParams(this.view));

  /** A step that Back undoes. */
  set(change: Partial<View>): void {
    this.#go(change, false);
  }

  /** What is not worth a step of its own: the cursor in a table. */
  adjust(change: Partial<View>): void {
    this.#go(change, true);
  }

  setRange(range: { from: number; to: number } | null): void {
    this.set(
      range === null
        ? { from: null, to: null, row: null }
        : { from: secondsText(range.from), to: secondsText(range.to), row: null },
    );
  }

  /** A parameter of this page alone. */
  setOther(name: string, value: string | null): void {
    this.setMany({ [name]: value });
  }

  setMany(change: Readonly<Record<string, string | null>>): void {
    const others = new URLSearchParams(page.url.searchParams);
    for (const [name, value] of Object.entries(change))
      if (value === null || value === '') others.delete(name);
      else others.set(name, value);
    this.#navigate(writeView(this.view, others), false);
  }

  #go(change: Partial<View>, replace: boolean): void {
    this.#navigate(writeView({ ...this.view, ...change }, page.url.searchParams), replace);
  }

  #navigate(params: URLSearchParams, replace: boolean): void {
    const text = params.toString();
    const here = page.url.pathname;
    void goto(text === '' ? here : `${here}?${text}`, {
      replaceState: replace,
      keepFocus: true,
      noScroll: true,
    });
  }
}

/** The range that a page shows: the view's, where it has one, else the data's own. */
export const shownRange = (
  view: View,
  whole: { from: number; to: number },
): { from: number; to: number } => ({
  from: view.from === null ? whole.from : Number(view.from),
  to: view.to === null ? whole.to : Number(view.to),
});
