/** Operations on cases, their inputs, the files that become inputs, and the jobs that make them. */

import { z } from 'zod';
import { caseCreate, caseList, casePatch, caseResource, sampleCase } from '../cases.ts';
import { caseId, inputId, jobId, sha256 } from '../common.ts';
import { adjoiningInputs, inputCreate, inputCreated, inputList, keyLogStored } from '../inputs.ts';
import { jobList, jobQuery, jobResource } from '../jobs.ts';
import { homeNetworks, homeNetworksPut } from '../overview.ts';
import { filesPosted, filesQuery, objectList, objectResource, objectsQuery } from '../uploads.ts';
import { inCase, operation } from './operation.ts';

const ofJob = z.object({ job: jobId });

export const caseOperations = {
  listCases: operation('GET', '/cases', 'All cases', { reply: caseList }),
  createCase: operation('POST', '/cases', 'Makes an empty case', {
    body: caseCreate,
    reply: caseResource,
    status: 201,
  }),
  createSample: operation(
    'POST',
    '/cases/sample',
    'Makes the sample case and starts to ingest its captures; gives the one there is otherwise',
    { reply: sampleCase },
  ),
  getCase: operation('GET', '/cases/{case}', 'One case', { params: inCase, reply: caseResource }),
  patchCase: operation('PATCH', '/cases/{case}', 'Renames or describes a case', {
    params: inCase,
    body: casePatch,
    reply: caseResource,
  }),
  deleteCase: operation(
    'DELETE',
    '/cases/{case}',
    'Deletes a case with its records; captures that no other case uses go too',
    { params: inCase, status: 204 },
  ),
  listInputs: operation(
    'GET',
    '/cases/{case}/inputs',
    'Sealed inputs of a case with the facts of their capture files',
    { params: inCase, reply: inputList },
  ),
  listAdjoiningInputs: operation(
    'GET',
    '/cases/{case}/inputs/adjoining',
    'Inputs that look like parts of one capture: one begins where another ends, and connections go on there',
    { params: inCase, reply: adjoiningInputs },
  ),
  createInputs: operation(
    'POST',
    '/cases/{case}/inputs',
    'Ingests stored captures: one input for all of them together, or one for each',
    { params: inCase, body: inputCreate, reply: inputCreated, status: 202 },
  ),
  retryInput: operation(
    'POST',
    '/cases/{case}/inputs/{input}/retry',
    'Reads an input again that was not read to its end',
    { params: z.object({ case: caseId, input: inputId }), reply: inputCreated, status: 202 },
  ),
  deleteInput: operation('DELETE', '/cases/{case}/inputs/{input}', 'Deletes an input', {
    params: z.object({ case: caseId, input: inputId }),
    status: 204,
  }),
  postFiles: operation(
    'POST',
    '/cases/{case}/files',
    'multipart/form-data: stores every part that has a file name, then ingests them; a part called keylog is a TLS key log',
    {
      params: inCase,
      query: filesQuery,
      reply: filesPosted,
      status: 202,
    },
  ),
  postKeyLog: operation(
    'POST',
    '/keylogs',
    'text/plain: stores a TLS key log for the ingests that name it; what it holds is never answered',
    { reply: keyLogStored, status: 201 },
  ),
  findObjects: operation('GET', '/objects', 'Whether a capture is stored already: it, or an empty list', {
    query: objectsQuery,
    reply: objectList,
  }),
  getObject: operation('GET', '/objects/{sha256}', 'One capture that is stored', {
    params: z.object({ sha256 }),
    reply: objectResource,
  }),
  listJobs: operation('GET', '/jobs', 'Jobs, the newest first', { query: jobQuery, reply: jobList }),
  getJob: operation('GET', '/jobs/{job}', 'One job', { params: ofJob, reply: jobResource }),
  cancelJob: operation('DELETE', '/jobs/{job}', 'Cancels a job; the case stays as it was', {
    params: ofJob,
    reply: jobResource,
  }),
  jobEvents: operation('GET', '/jobs/{job}/events', 'Progress and changes of state as server-sent events', {
    params: ofJob,
    media: 'text/event-stream',
  }),
  getHomeNetworks: operation('GET', '/cases/{case}/home-networks', 'Networks that count as inside', {
    params: inCase,
    reply: homeNetworks,
  }),
  putHomeNetworks: operation(
    'PUT',
    '/cases/{case}/home-networks',
    'Overrides the home networks, or goes back to those inferred',
    { params: inCase, body: homeNetworksPut, reply: homeNetworks },
  ),
} as const;
