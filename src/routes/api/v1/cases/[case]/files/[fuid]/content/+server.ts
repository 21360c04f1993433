import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.getFileContent, ({ params, query, services, signal }) =>
  services.files.download(params.case, params.fuid, query, signal),
);
