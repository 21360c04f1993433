import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const POST = endpoint(operations.runSql, ({ params, body, services, signal }) =>
  services.sql(params.case, body, signal),
);
