import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const POST = machineEndpoint(operations.snapshotMachine, ({ params, services, ownerId }) =>
  services.snapshotMachine(params.case, ownerId),
);
