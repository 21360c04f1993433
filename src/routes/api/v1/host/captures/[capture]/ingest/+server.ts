import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const POST = machineEndpoint(operations.ingestCapture, ({ params, services, ownerId }) =>
  services.machine.ingestCapture(ownerId, params.capture),
);
