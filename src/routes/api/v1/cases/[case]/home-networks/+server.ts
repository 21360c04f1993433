import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getHomeNetworks, ({ params, services, signal }) =>
  services.homeNetworks.get(params.case, signal),
);

export const PUT = endpoint(operations.putHomeNetworks, ({ params, body, services, signal }) =>
  services.homeNetworks.put(params.case, body, signal),
);
