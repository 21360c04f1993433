import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const GET = machineEndpoint(operations.getCapture, ({ params, services, ownerId }) =>
  services.machine.capture(ownerId, params.capture),
);

export const DELETE = machineEndpoint(operations.deleteCapture, ({ params, services, ownerId }) =>
  services.machine.removeCapture(ownerId, params.capture),
);
