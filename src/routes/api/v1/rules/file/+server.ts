import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const GET = endpoint(operations.getRuleFile, ({ query, services }) =>
  services.rules.text(query.id),
);

export const PUT = endpoint(operations.putRuleFile, ({ body, services }) =>
  services.rules.put(body),
);

export const DELETE = endpoint(operations.deleteRuleFile, ({ query, services }) =>
  services.rules.remove(query.id),
);
