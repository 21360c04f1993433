import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const POST = endpoint(operations.tryRules, ({ params, body, services, signal }) =>
  services.runs.tryOut(params.case, body, signal),
);
