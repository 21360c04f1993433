/** Operations on live captures of this machine. */

import {
  captureFileQuery,
  captureParams,
  captureReadiness,
  captureStart,
  filterCheck,
  filterCheckQuery,
  liveCapture,
  liveCaptureList,
} from '../live-captures.ts';
import { operation } from './operation.ts';

export const captureOperations = {
  getCaptureReadiness: operation(
    'GET',
    '/host/captures/readiness',
    'What captures can be made with, and where',
    {
      reply: captureReadiness,
    },
  ),
  checkCaptureFilter: operation(
    'GET',
    '/host/captures/filter',
    'Whether the capture tool understands a filter',
    {
      query: filterCheckQuery,
      reply: filterCheck,
    },
  ),
  listCaptures: operation('GET', '/host/captures', 'Captures on this machine, the newest first', {
    reply: liveCaptureList,
  }),
  startCapture: operation('POST', '/host/captures', 'Begins a capture on this machine', {
    body: captureStart,
    reply: liveCapture,
    status: 201,
  }),
  getCapture: operation('GET', '/host/captures/{capture}', 'One capture', {
    params: captureParams,
    reply: liveCapture,
  }),
  deleteCapture: operation(
    'DELETE',
    '/host/captures/{capture}',
    'Deletes a capture that has ended; a case made of it stays',
    {
      params: captureParams,
      status: 204,
    },
  ),
  captureEvents: operation(
    'GET',
    '/host/captures/{capture}/events',
    'Counters, packets, DNS questions, connections and alerts while it runs, as server-sent events',
    { params: captureParams, media: 'text/event-stream' },
  ),
  stopCapture: operation('POST', '/host/captures/{capture}/stop', 'Ends a capture', {
    params: captureParams,
    reply: liveCapture,
  }),
  ingestCapture: operation(
    'POST',
    '/host/captures/{capture}/ingest',
    'Makes a case of a capture that has ended',
    {
      params: captureParams,
      reply: liveCapture,
    },
  ),
  getCaptureFile: operation('GET', '/host/captures/{capture}/file', 'What was captured, as pcap', {
    params: captureParams,
    query: captureFileQuery,
    media: 'application/vnd.tcpdump.pcap',
  }),
} as const;
