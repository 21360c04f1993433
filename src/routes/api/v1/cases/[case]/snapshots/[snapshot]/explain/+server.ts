import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.explainSnapshot, ({ params, query, services, ownerId, signal }) =>
  services.comparisons.explain(ownerId, params.case, params.snapshot, query, signal),
);
