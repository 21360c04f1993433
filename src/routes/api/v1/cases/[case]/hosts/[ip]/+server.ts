import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.getHost, ({ params, services, signal }) =>
  services.host(params.case, params.ip, signal),
);
