import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.thresholdCurve, ({ params, query, services, signal }) =>
  services.thresholdCurve(params.case, query, signal),
);
