import type { RequestHandler } from '@sveltejs/kit';
import { failure } from '#engine/http';
import { services } from '#engine/services';

/** Resumable uploads: the whole request goes to the tus protocol's own handler. */
export const tus: RequestHandler = async ({ request, route }) => {
  try {
    return await services().uploads.handle(request);
  } catch (error) {
    return failure(error, route.id);
  }
};
