import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const GET = machineEndpoint(operations.checkCaptureFilter, ({ query, services, signal }) =>
  services.machine.checkFilter(query.filter, signal),
);
