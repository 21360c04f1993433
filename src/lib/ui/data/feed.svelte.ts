import { untrack } from 'svelte';

/** A stream of server-sent events, followed while the calling component lives. */
export class Feed {
  /** The stream broke and the browser tries again, or it was refused. */
  broken = $state(false);
  #source: EventSource | undefined;

  open(url: string, handlers: Readonly<Record<string, (data: unknown) => void>>): void {
    this.close();
    this.broken = false;
    const source = new EventSource(url);
    this.#source = source;
    for (const [event, handle] of Object.entries(handlers))
      source.addEventListener(event, (message: MessageEvent<string>) => {
        this.broken = false;
        handle(JSON.parse(message.data));
      });
    source.addEventListener('error', () => (this.broken = true));
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
  }
}

/** Follows `url` while it is one and the component lives; a handler for each kind of event. */
export function useFeed(
  url: () => string | null,
  handlers: Readonly<Record<string, (data: unknown) => void>>,
): Feed {
  const feed = new Feed();
  $effect(() => {
    const next = url();
    untrack(() => {
      if (next === null) feed.close();
      else feed.open(next, handlers);
    });
    return () => feed.close();
  });
  return feed;
}
