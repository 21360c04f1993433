import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.compareGraph, ({ params, query, services, ownerId, signal }) =>
  services.comparisons.graph(ownerId, params.case, query, signal),
);
