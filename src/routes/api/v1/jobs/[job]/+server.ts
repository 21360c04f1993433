import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const GET = endpoint(operations.getJob, ({ params, services }) => services.jobs.get(params.job));

export const DELETE = endpoint(operations.cancelJob, ({ params, services }) =>
  services.jobs.cancel(params.job),
);
