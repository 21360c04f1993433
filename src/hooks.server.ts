import type { Handle, HandleServerError } from '@sveltejs/kit';
import { access, API_CSP, failure, logFailure, SECURITY_HEADERS } from '#engine/http';

/** Replies of fetch and redirects have immutable headers; everything else takes ours in place. */
function withHeaders(response: Response, api: boolean): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  if (api) {
    response.headers.set('content-security-policy', API_CSP);
    if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  }
  return response;
}

export const handle: Handle = async ({ event, resolve }) => {
  const path = event.url.pathname;
  const api = path.startsWith('/api/');
  try {
    event.locals.owner = access()({ method: event.request.method, path, headers: event.request.headers });
  } catch (error) {
    return withHeaders(failure(error, path), true);
  }
  const response = await resolve(event);
  // A route that does not exist answers with a page; programs want the reason as JSON.
  if (
    api &&
    response.status >= 400 &&
    !(response.headers.get('content-type') ?? '').includes('json') &&
    !path.startsWith('/api/v1/uploads')
  ) {
    const code = response.status === 405 ? 'bad_request' : 'not_found';
    const message =
      response.status === 405
        ? `${path} does not take ${event.request.method}.`
        : `There is no ${path} here; /api/v1/openapi.json lists what there is.`;
    return withHeaders(Response.json({ error: { code, message } }, { status: response.status }), true);
  }
  return withHeaders(response, api);
};

export const handleError: HandleServerError = ({ error, status, message, event }) => {
  if (status >= 500) logFailure(error, event.url.pathname);
  return { message };
};
