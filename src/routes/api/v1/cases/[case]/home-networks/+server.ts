import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getHomeNetworks, ({ params, services }) =>
  services.homeNetworks.get(params.case),
);

export const PUT = endpoint(operations.putHomeNetworks, ({ params, body, services }) =>
  services.homeNetworks.put(params.case, body.networks),
);
