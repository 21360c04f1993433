/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />

/**
 * What makes the pages installable, and tells in the installed window that the server does not run. Nothing else is kept: pages and
 * answers always come from the server, so that none is ever older than the data.
 */

import { version } from '$service-worker';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const KEPT = `offline-${version}`;
const SHELL = ['/offline.html', '/offline.css', '/favicon.svg'];

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.addAll(SHELL))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

/** The shell stands in for a page that cannot be had, and for what the shell itself is made of. */
async function orShell(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request.mode === 'navigate' ? '/offline.html' : request);
    if (kept) return kept;
    throw error;
  }
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const isShell = SHELL.includes(new URL(request.url).pathname);
  if (request.mode === 'navigate' || isShell) event.respondWith(orShell(request));
});
