import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.exportTable, ({ params, query, services }) =>
  services.tables.download(params.case, params.table, query),
);
