import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const POST = endpoint(operations.checkRules, ({ body, services }) =>
  services.rules.check(body),
);
