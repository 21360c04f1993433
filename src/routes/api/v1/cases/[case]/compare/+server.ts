import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.compare, ({ params, query, services, ownerId, signal }) =>
  services.comparisons.compare(ownerId, params.case, query, signal),
);
