import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const GET = machineEndpoint(operations.compareScans, ({ query, services, ownerId }) =>
  services.machine.compareScans(ownerId, query.a, query.b),
);
