import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const POST = endpoint(operations.postFiles, ({ params, query, request, services, signal }) =>
  services.receiveFiles(params.case, request, query, signal),
);
