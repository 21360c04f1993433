import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const POST = machineEndpoint(operations.importScan, ({ query, request, services, ownerId }) =>
  services.machine.importScan(ownerId, query.name, request),
);
