import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.getRun, ({ params, services }) =>
  services.runs.get(params.case, params.run),
);

export const DELETE = endpoint(operations.deleteRun, ({ params, services }) =>
  services.runs.remove(params.case, params.run),
);
