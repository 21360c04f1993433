import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.compareInputs, ({ params, query, services, signal }) =>
  services.compare(params.case, query, signal),
);
