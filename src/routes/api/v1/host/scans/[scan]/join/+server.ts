import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const POST = machineEndpoint(operations.joinScan, ({ params, body, services, ownerId }) => {
  services.authorise(ownerId, body.case);
  return services.machine.joinScan(ownerId, params.scan, body.case);
});
