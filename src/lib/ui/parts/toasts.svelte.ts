/** Short messages about what was just done, at the foot of the page. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'bad';
}

let list: Toast[] = $state([]);
let next = 1;

export const toasts = (): readonly Toast[] => list;

export function dismiss(id: number): void {
  list = list.filter((toast) => toast.id !== id);
}

/** Says it. What went wrong stays until it is dismissed. */
export function say(text: string, tone: Toast['tone'] = 'good'): void {
  const toast = { id: next++, text, tone };
  list = [...list.slice(-3), toast];
  if (tone === 'good') setTimeout(() => dismiss(toast.id), 5000);
}
