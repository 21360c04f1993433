import type { IncomingMessage } from 'node:http';
import type { Owner } from '$lib/server/access';

declare global {
  namespace App {
    interface Locals {
      /** Who asks: set by the access check of hooks.server.ts before any route runs. */
      owner: Owner;
    }
    interface Platform {
      /** adapter-node's; absent under `vite dev`. */
      req?: IncomingMessage;
    }
  }
}

export {};
