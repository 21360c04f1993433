import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.compareRuns, ({ params, query, services }) =>
  services.runs.compare(params.case, query.a, query.b),
);
