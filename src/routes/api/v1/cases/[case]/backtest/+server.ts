import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const POST = endpoint(operations.backtest, ({ params, body, services }) =>
  services.runs.backtest(params.case, body),
);
