import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.jobEvents, ({ params, services, ownerId }) =>
  services.jobs.events(ownerId, params.job),
);
