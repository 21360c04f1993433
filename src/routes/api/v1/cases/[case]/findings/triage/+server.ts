import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const POST = endpoint(operations.triageFindings, ({ params, body, services, ownerId }) =>
  services.findings.triage(params.case, ownerId, body),
);
