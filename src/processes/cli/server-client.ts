/** A command's questions to the server that works on the same data directory. */

import type { ErrorBody } from '../../lib/model/api/common.ts';
import type { ServerFile } from '../../lib/server/data-dir.ts';
import { CommandProblem } from './data-option.ts';

/** Asks the server as the user whose server.json this is. Rejects with its sentence where it refuses. */
export class ServerClient {
  readonly #server: ServerFile;

  constructor(server: ServerFile) {
    this.#server = server;
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.open(method, path, body);
    return (await response.json()) as T;
  }

  async open(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#server.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${this.#server.url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new CommandProblem(
        `The server at ${this.#server.url} (pid ${this.#server.pid}) does not answer: stop it, or wait until it has started.`,
        { cause: error },
      );
    });
    if (response.ok) return response;
    const { error } = (await response.json()) as ErrorBody;
    throw new CommandProblem(error.message);
  }
}
