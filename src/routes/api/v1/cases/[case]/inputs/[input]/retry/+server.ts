import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const POST = endpoint(operations.retryInput, ({ params, services, ownerId }) =>
  services.inputs.retry(params.case, ownerId, params.input),
);
