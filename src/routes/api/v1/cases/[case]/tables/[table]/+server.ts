import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.getTable, ({ params, query, services, signal }) =>
  services.tables.page(params.case, params.table, query, signal),
);
