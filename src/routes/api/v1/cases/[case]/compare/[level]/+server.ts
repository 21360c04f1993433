import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.compareLevel, ({ params, query, services, ownerId, signal }) =>
  services.comparisons.level(ownerId, params.case, params.level, query, signal),
);
