/**
 * Servers that the browser tests talk to: one a worker, since what a test does to this machine's page or to the list of cases is
 * seen by all who share a server. Two workers, as unit tests have: the browser and its server take turns, so that one leaves a core idle.
 */
export const WORKERS = 2;

/** A server's own port, and the one after it for what stands in for the DNS server that it asks. */
const PORTS_OF_A_SERVER = 2;

/** Where the server of a worker listens. @param worker From 0; the worker that this process is, where not told. */
export const serverPort = (worker = Number(process.env['TEST_PARALLEL_INDEX'] ?? 0)): number =>
  Number(process.env['E2E_PORT'] ?? 4499) + worker * PORTS_OF_A_SERVER;

/** Where the server of this worker asks for names: see scripts/e2e-server.mjs. */
export const dnsPort = (): number => serverPort() + 1;
