import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const POST = machineEndpoint(operations.cancelScan, ({ params, services, ownerId }) =>
  services.machine.cancelScan(ownerId, params.scan),
);
