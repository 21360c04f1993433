import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const GET = machineEndpoint(operations.captureEvents, ({ params, services, ownerId }) =>
  services.machine.captureEvents(ownerId, params.capture),
);
