import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getTimeline, ({ params, query, services, signal }) =>
  services.timeline(params.case, query, signal),
);
