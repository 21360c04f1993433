import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const POST = machineEndpoint(operations.stopCapture, ({ params, services, ownerId }) =>
  services.machine.stopCapture(ownerId, params.capture),
);
