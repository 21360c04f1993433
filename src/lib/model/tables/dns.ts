import { column, json, optional, recordTable } from './record-table.ts';

/** Zeek's dns.log, with the record of each answer; mDNS, LLMNR and NBNS are here too. */
export const DNS = recordTable(
  'dns',
  'One row a question of DNS, mDNS, LLMNR or NBNS, with its answer; or an answer without its question.',
  [
    column('proto', 'text', 'udp or tcp', { ecs: 'network.transport', eve: 'proto' }),
    column('transport', 'enum', 'dns, mdns, llmnr or nbns', { values: ['dns', 'mdns', 'llmnr', 'nbns'] }),
    column('trans_id', 'u16', 'identifier of the transaction', { ecs: 'dns.id', eve: 'dns.id' }),
    column('rtt', 'span', 'from the question to its answer, where both were seen', {
      ...optional,
      unit: 'ns',
    }),
    column('query', 'text', 'the name asked for, in lower case; NetBIOS names decoded', {
      ...optional,
      ecs: 'dns.question.name',
      eve: 'dns.queries.rrname',
    }),
    column('original_query', 'text', 'the name as it was sent, where that differs', optional),
    column('qclass', 'u16', 'class of the question', optional),
    column('qclass_name', 'text', "the class's name", { ...optional, ecs: 'dns.question.class' }),
    column('qtype', 'u16', 'type of the question', optional),
    column('qtype_name', 'text', "the type's name", {
      ...optional,
      ecs: 'dns.question.type',
      eve: 'dns.queries.rrtype',
    }),
    column('netbios_suffix', 'u8', 'NBNS: type of the name (its sixteenth byte)', optional),
    column('rcode', 'u16', 'response code, extended by EDNS', optional),
    column('rcode_name', 'text', "the response code's name", {
      ...optional,
      ecs: 'dns.response_code',
      eve: 'dns.rcode',
    }),
    column('opcode', 'u8', 'kind of query', { eve: 'dns.opcode' }),
    column('opcode_name', 'text', "the opcode's name", { ecs: 'dns.op_code' }),
    column('flags', 'text', 'the 16 bits of flags of the answer, else of the question, in hex', {
      eve: 'dns.flags',
    }),
    column('AA', 'bool', 'the answer is authoritative'),
    column('TC', 'bool', 'truncated'),
    column('RD', 'bool', 'recursion was asked for'),
    column('RA', 'bool', 'recursion is available'),
    column('Z', 'u8', 'the three reserved bits of the question: Z, AD, CD'),
    column('answers', 'text[]', 'text of each answer', { ...optional, ecs: 'dns.resolved_ip' }),
    column('TTLs', 'text', 'time to live of each answer: list of seconds', json),
    column('answer_records', 'text', 'each answer: [{name, type, class, ttl, data}]', {
      ...json,
      ecs: 'dns.answers',
      eve: 'dns.answers',
    }),
    column('auth', 'text[]', 'text of the records of the authority section', optional),
    column('addl', 'text[]', 'text of the additional records, EDNS apart', optional),
    column('total_answers', 'u16', 'answers that the header announces', optional),
    column('total_replies', 'u32', 'records of all sections that the header announces', optional),
    column(
      'edns',
      'text',
      'EDNS of the answer, else of the question: {version, udp_size, do, options: [{code, data}]}',
      json,
    ),
    column('rejected', 'bool', 'the server had nothing to say but the response code'),
  ],
);
