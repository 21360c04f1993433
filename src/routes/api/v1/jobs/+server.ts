import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const GET = endpoint(operations.listJobs, ({ query, services, ownerId }) =>
  services.jobs.list(ownerId, query),
);
