/** Operations on this machine: what runs, its neighbours, what may be asked of the network. All are for visitors from it alone. */

import { custodyLog } from '../live-captures.ts';
import { hostNow } from '../machine.ts';
import {
  lookUp,
  lookUpRequest,
  neighbourFlush,
  neighbourTable,
  pingRequest,
  pingResult,
  switches,
  switchesPatch,
} from '../neighbours.ts';
import { csv, operation } from './operation.ts';

export const hostOperations = {
  getHostNow: operation(
    'GET',
    '/host/now',
    'This machine: interfaces with rates, sockets with processes, top applications. Everything under /host answers this machine alone',
    { reply: hostNow },
  ),
  hostNowEvents: operation('GET', '/host/now/events', 'The same every five seconds as server-sent events', {
    media: 'text/event-stream',
  }),
  exportHostNow: operation('GET', '/host/now/export', 'Sockets of this machine as CSV', { media: csv }),
  getSwitches: operation(
    'GET',
    '/host/switches',
    'What may be asked of the network; everything is off at first',
    {
      reply: switches,
    },
  ),
  patchSwitches: operation('PATCH', '/host/switches', 'Switches what may be asked of the network', {
    body: switchesPatch,
    reply: switches,
  }),
  lookUp: operation(
    'POST',
    '/host/look-up',
    'Asks the network about an address or a name, where its switch is on',
    {
      body: lookUpRequest,
      reply: lookUp,
    },
  ),
  pingHost: operation('POST', '/host/ping', 'Latency and loss to an address by ICMP echo', {
    body: pingRequest,
    reply: pingResult,
  }),
  getNeighbours: operation(
    'GET',
    '/host/neighbours',
    'The ARP and NDP table with vendors, and what changed over time',
    {
      reply: neighbourTable,
    },
  ),
  exportNeighbours: operation('GET', '/host/neighbours/export', 'The neighbour table as CSV', { media: csv }),
  flushNeighbour: operation('POST', '/host/neighbours/flush', 'Takes one entry out of the neighbour table', {
    body: neighbourFlush,
    reply: neighbourTable,
  }),
  getCustody: operation(
    'GET',
    '/host/custody',
    'Who had this machine captured, scanned or changed, and when',
    {
      reply: custodyLog,
    },
  ),
} as const;
