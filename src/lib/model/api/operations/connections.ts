/** Operations on one connection, its packets and the files that it carried. */

import { z } from 'zod';
import { caseId, inputId, uid } from '../common.ts';
import { connQuery, connResource } from '../conns.ts';
import { bodies, fileContentQuery, fuid } from '../files.ts';
import { connPacketsQuery, cutQuery, packetDetail, packetList, packetsQuery } from '../packets.ts';
import { connRecords, recordsQuery } from '../records.ts';
import { stream, streamQuery } from '../streams.ts';
import { inCase, operation, pcapng } from './operation.ts';

const ofConn = z.object({ case: caseId, uid });
const whole = z.coerce.number().int().min(0);

export const connectionOperations = {
  getConn: operation(
    'GET',
    '/cases/{case}/conns/{uid}',
    'One connection, with filters for tcpdump and Wireshark',
    { params: ofConn, query: connQuery, reply: connResource },
  ),
  getConnPackets: operation(
    'GET',
    '/cases/{case}/conns/{uid}/packets',
    'Packets of a connection; of a tunnel also those of what it carries',
    { params: ofConn, query: connPacketsQuery, reply: packetList },
  ),
  getConnRecords: operation(
    'GET',
    '/cases/{case}/conns/{uid}/records',
    'What protocol parsers wrote about a connection',
    { params: ofConn, query: recordsQuery, reply: connRecords },
  ),
  getConnStream: operation(
    'GET',
    '/cases/{case}/conns/{uid}/stream',
    'What was said in a connection: both directions, in order',
    { params: ofConn, query: streamQuery, reply: stream },
  ),
  getConnBodies: operation(
    'GET',
    '/cases/{case}/conns/{uid}/bodies',
    'What a connection carried, decoded: the beginnings of its bodies and files',
    { params: ofConn, query: connQuery, reply: bodies },
  ),
  getFileContent: operation(
    'GET',
    '/cases/{case}/files/{fuid}/content',
    'A file that a connection carried, put together again from the stored capture; as an attachment that nothing runs, or in a zip with a password. Bytes that the capture lacks are left out',
    {
      params: z.object({ case: caseId, fuid }),
      query: fileContentQuery,
      media: 'application/octet-stream',
    },
  ),
  sliceConn: operation('GET', '/cases/{case}/conns/{uid}/slice', 'Packets of a connection as pcapng', {
    params: ofConn,
    query: connQuery,
    media: pcapng,
  }),
  listPackets: operation('GET', '/cases/{case}/packets', 'Packets', {
    params: inCase,
    query: packetsQuery,
    reply: packetList,
  }),
  cutPackets: operation(
    'GET',
    '/cases/{case}/packets/slice',
    'Packets that match, or those of all connections whose rows match, as pcapng',
    { params: inCase, query: cutQuery, media: pcapng },
  ),
  getPacket: operation(
    'GET',
    '/cases/{case}/packets/{input}/{file}/{n}',
    'One packet: its fields and its bytes',
    {
      params: z.object({
        case: caseId,
        input: inputId,
        file: whole.max(65_535),
        n: whole.max(4_294_967_295),
      }),
      reply: packetDetail,
    },
  ),
} as const;
