import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const GET = endpoint(operations.getJob, ({ params, services, ownerId }) =>
  services.jobs.get(ownerId, params.job),
);

export const DELETE = endpoint(operations.cancelJob, ({ params, services, ownerId }) =>
  services.jobs.cancel(ownerId, params.job),
);
