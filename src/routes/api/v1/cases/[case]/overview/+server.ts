import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getOverview, ({ params, query, services, signal }) =>
  services.overview(params.case, query, signal),
);
