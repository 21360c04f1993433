import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.exportFindings, ({ params, query, services }) =>
  services.findings.download(params.case, query),
);
