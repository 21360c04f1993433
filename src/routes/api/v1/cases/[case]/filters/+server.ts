import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.selectionWords, ({ params, query, services, signal }) =>
  services.selectionWords(params.case, query, signal),
);
