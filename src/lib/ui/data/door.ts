/**
 * The one way by which pages ask the server. Equal questions that are asked at once are one request; a request that nobody
 * waits for is aborted; what is in view goes before what is not; answers are kept for a moment, so that going back is instant.
 */

import type { ErrorBody } from '../../model/api/common.ts';

/** A refusal or failure, as one sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Place in the filter that was refused, from 0. */
  readonly at: number | undefined;
  readonly suggestion: string | undefined;

  constructor(status: number, error: ErrorBody['error']) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.at = error.at;
    this.suggestion = error.suggestion;
  }
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';

const UNREACHABLE = 'The server does not answer. Is coldwire still running?';

export async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (response.ok) {
    if (text !== '' && body === undefined)
      throw new ApiError(response.status, {
        code: 'not_json',
        message: 'The server sent an answer that is not JSON.',
      });
    return body;
  }
  const error = (body as Partial<ErrorBody> | undefined)?.error;
  throw new ApiError(
    response.status,
    error ?? {
      code: 'http',
      message: `The server refused: ${response.status} ${response.statusText}`.trim() + '.',
    },
  );
}

export interface Ticket<T> {
  readonly answer: Promise<T>;
  /** Says that the answer is no longer wanted; the last one to say so aborts the request. */
  release(): void;
}

interface Flight {
  readonly url: string;
  readonly controller: AbortController;
  readonly answer: Promise<unknown>;
  start: () => void;
  priority: number;
  waiting: number;
  started: boolean;
}

export interface DoorOptions {
  fetch: typeof fetch;
  now: () => number;
  /** Requests under way at once: browsers give an origin six connections, and event streams need some. */
  lanes: number;
  /** Answers kept, and for how long. */
  kept: number;
  keepMs: number;
}

export class Door {
  readonly #options: DoorOptions;
  readonly #flights = new Map<string, Flight>();
  readonly #answers = new Map<string, { at: number; value: unknown }>();
  #underWay = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** The kept answer to a question, if it is fresh. */
  peek(url: string): unknown {
    const kept = this.#answers.get(url);
    return kept !== undefined && this.#options.now() - kept.at < this.#options.keepMs
      ? kept.value
      : undefined;
  }

  /** Asks. A higher priority goes first among those that wait. */
  ask<T>(url: string, priority = 0): Ticket<T> {
    const flight = this.#flights.get(url) ?? this.#takeOff(url, priority);
    flight.waiting++;
    flight.priority = Math.max(flight.priority, priority);
    this.#next();
    let held = true;
    return {
      answer: flight.answer as Promise<T>,
      release: () => {
        if (!held) return;
        held = false;
        flight.waiting--;
        if (flight.waiting > 0 || this.#flights.get(url) !== flight) return;
        this.#flights.delete(url);
        flight.controller.abort();
      },
    };
  }

  /** Forgets answers: after anything that changes state. */
  forget(prefix = ''): void {
    for (const url of this.#answers.keys()) if (url.startsWith(prefix)) this.#answers.delete(url);
  }

  #takeOff(url: string, priority: number): Flight {
    const controller = new AbortController();
    let start = (): void => undefined;
    const gate = new Promise<void>((resolve, reject) => {
      start = resolve;
      controller.signal.addEventListener('abort', () => reject(new DOMException('not wanted', 'AbortError')));
    });
    const answer = gate.then(() => this.#fetch(url, controller.signal));
    const flight: Flight = { url, controller, answer, start, priority, waiting: 0, started: false };
    answer
      .catch(() => undefined)
      .finally(() => {
        if (this.#flights.get(url) === flight) this.#flights.delete(url);
        if (flight.started) this.#underWay--;
        this.#next();
      });
    this.#flights.set(url, flight);
    return flight;
  }

  #next(): void {
    const waiting = [...this.#flights.values()].filter((flight) => !flight.started);
    waiting.sort((a, b) => b.priority - a.priority);
    for (const flight of waiting) {
      if (this.#underWay >= this.#options.lanes) return;
      flight.started = true;
      this.#underWay++;
      flight.start();
    }
  }

  async #fetch(url: string, signal: AbortSignal): Promise<unknown> {
    let response: Response;
    try {
      response = await this.#options.fetch(url, { signal, headers: { accept: 'application/json' } });
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new ApiError(0, { code: 'unreachable', message: UNREACHABLE });
    }
    const value = await answerOf(response);
    this.#keep(url, value);
    return value;
  }

  #keep(url: string, value: unknown): void {
    this.#answers.delete(url);
    this.#answers.set(url, { at: this.#options.now(), value });
    const oldest = this.#answers.keys().next();
    if (this.#answers.size > this.#options.kept && !oldest.done) this.#answers.delete(oldest.value);
  }
}

/** Changes something: `body` goes as JSON, a file as its bytes. Every kept answer is forgotten, since none is sure to hold. */
export async function send<T>(
  door: Door,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : { 'content-type': body instanceof Blob ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, { code: 'unreachable', message: UNREACHABLE });
  } finally {
    door.forget();
  }
  return (await answerOf(response)) as T;
}
