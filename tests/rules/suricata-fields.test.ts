/** Fields and buffers that parsers give to rules, over what the protocols' fixtures say. */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { Talk } from '../builders/talk.ts';
import type { TestPacket } from '../pipeline/ingest.ts';
import { piecesOf, readFixture } from '../protocol/fixture.ts';
import { sidsOf } from './alerts-of.ts';

const packetsOf = (name: string): readonly TestPacket[] => {
  const fixture = readFixture(join(import.meta.dirname, '../protocol/fixtures', `${name}.json`));
  const { orig_p: sport, resp_p: dport } = fixture;
  const pieces = piecesOf(fixture);
  if (fixture.transport === 'udp')
    return pieces.map(({ dir, bytes }, at) => ({
      at,
      bytes: ethernet(
        dir === 0
          ? ip('10.0.0.1', '10.0.0.2', udp(sport, dport, bytes))
          : ip('10.0.0.2', '10.0.0.1', udp(dport, sport, bytes)),
      ),
    }));
  const talk = new Talk({ sport, dport }).handshake();
  for (const { dir, bytes } of pieces) if (dir === 0) talk.orig('PA', bytes).resp('A'); else talk.resp('PA', bytes).orig('A');
  return talk.orig('FA').resp('FA').orig('A').packets;
};

/** Fixture, protocol of the rule, what fires, and what must not. */
const CASES: readonly (readonly [fixture: string, proto: string, fires: readonly string[], silent: readonly string[]])[] = [
  ['ntp', 'ntp', ['ntp.version:4', 'ntp.mode:4', 'ntp.stratum:2', 'ntp.reference_id; content:"RATE"'], ['ntp.version:1', 'ntp.stratum:9', 'ntp.reference_id; content:"none"']],
  ['dhcp', 'dhcp', ['dhcp.leasetime:>1'], ['dhcp.leasetime:<2', 'dhcp.renewal_time:7']],
  ['pop3', 'pop3', ['pop3.command; content:"USER"'], ['pop3.command; content:"NONE"']],
  ['rfb', 'rfb', ['rfb.sectype:vnc_auth', 'rfb.secresult:ok'], ['rfb.secresult:fail', 'rfb.name; content:"not this"']],
  ['dnp3_tcp', 'dnp3', ['dnp3_func:read', 'dnp3_func:cold_restart', 'dnp3_ind:device_restart', 'dnp3_data; content:"|3c 02 06|"'], ['dnp3_func:write', 'dnp3_ind:device_trouble', 'dnp3_data; content:"|ff ff ff|"']],
  ['sip-udp', 'sip', ['sip.from; content:"a@example"', 'sip.to; content:"a@example"', 'sip.via; content:"branch=z9"; endswith', 'sip.content_length; content:"0"; bsize:1'], ['sip.from; content:"nobody"', 'sip.via; content:"TCP"']],
  ['mqtt', 'mqtt', ['mqtt.connect.protocol_string; content:"MQTT"; bsize:4'], ['mqtt.connect.protocol_string; content:"MQIsdp"']],
  ['ssl.tls12', 'tls', ['tls.cert_chain_len:1'], ['tls.cert_chain_len:>1']],
  ['http', 'http', ['http.start; content:"GET /a%20b?x=1 HTTP/1.1|0d 0a|Host: www"; startswith', 'http.start; content:"Not Found|0d 0a|Content-Length: 500|0d 0a 0d 0a|"; endswith'], ['http.start; content:"Host"; startswith']],
  ['ldap', 'ldap', ['ldap.request.operation:search_request', 'ldap.request.dn; content:"dc="; nocase', 'ldap.responses.result_code:success'], ['ldap.responses.result_code:busy', 'ldap.request.dn; content:"nowhere"']],
];

it.each(CASES)('%s', async (fixture, proto, fires, silent) => {
  const rules = [...fires, ...silent].map((options, i) => `alert ${proto} any any -> any any (msg:"m"; ${options}; sid:${i + 1};)`);
  const sids = new Set(await sidsOf(rules.join('\n'), packetsOf(fixture)));
  expect([...sids].map((sid) => [...fires, ...silent][sid - 1]).sort()).toEqual([...fires].sort());
});

it('a trap of SNMP tells who sent it, of what kind it is, and of whose', async () => {
  const trap = Buffer.from('302802010004067075626c6963a41b06062b060104010940040a00000702010302010043030102033000', 'hex');
  const packets = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(50_000, 162, trap))) }];
  const options = ['snmp.trap_oid; content:"1.3.6.1.4.1.9"; bsize:13', 'snmp.trap_address; content:"10.0.0.7"', 'snmp.trap_type:link_up', 'snmp.trap_type:cold_start'];
  const rules = options.map((one, i) => `alert snmp any any -> any any (msg:"m"; ${one}; sid:${i + 1};)`);
  expect((await sidsOf(rules.join('\n'), packets)).sort()).toEqual([1, 2, 3]);
});
