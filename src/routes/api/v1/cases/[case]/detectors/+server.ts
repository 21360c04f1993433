import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listDetectors, ({ params, services }) =>
  services.detectors.list(params.case),
);

export const PUT = endpoint(operations.putDetectors, ({ params, body, services }) =>
  services.detectors.put(params.case, body),
);
