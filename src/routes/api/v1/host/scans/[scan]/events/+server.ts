import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const GET = machineEndpoint(operations.scanEvents, ({ params, services, ownerId }) =>
  services.machine.scanEvents(ownerId, params.scan),
);
