import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listTables, ({ params, services, signal }) =>
  services.tables.list(params.case, signal),
);
