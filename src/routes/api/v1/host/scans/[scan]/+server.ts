import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const GET = machineEndpoint(operations.getScan, ({ params, services, ownerId }) =>
  services.machine.scan(ownerId, params.scan),
);

export const DELETE = machineEndpoint(operations.deleteScan, ({ params, services, ownerId }) =>
  services.machine.removeScan(ownerId, params.scan),
);
