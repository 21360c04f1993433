import { operations } from '$lib/model/api/operations';
import { readBytes } from '#engine/http';
import { endpoint } from '../../../../../endpoint';

/** Two hundred thousand lines of `ss -i` fit. */
const MAX_BYTES = 64 * 1024 * 1024;

export const POST = endpoint(
  operations.importSnapshot,
  async ({ params, query, request, services, ownerId }) =>
    services.snapshots.import(params.case, ownerId, query, await readBytes(request, MAX_BYTES)),
);
