import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const GET = endpoint(operations.listRuleFiles, ({ services }) =>
  services.rules.list(),
);
