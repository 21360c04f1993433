import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getGraph, ({ params, query, services, signal }) =>
  services.graph(params.case, query, signal),
);
