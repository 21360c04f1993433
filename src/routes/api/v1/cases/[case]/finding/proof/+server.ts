import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const POST = endpoint(operations.makeProof, ({ params, query, services, signal }) =>
  services.proofs.make(params.case, query, signal),
);

export const GET = endpoint(operations.getProof, ({ params, query, services }) =>
  services.proofs.file(params.case, query),
);
