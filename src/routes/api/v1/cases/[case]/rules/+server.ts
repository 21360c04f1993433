import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getCaseRules, ({ params, services }) =>
  services.caseRules.get(params.case),
);

export const PUT = endpoint(operations.putCaseRules, ({ params, body, services }) =>
  services.caseRules.put(params.case, body),
);
