import { describe, expect, it } from 'vitest';
import { compilePacketFilter } from './of-packets.ts';

const sqlOf = (text: string): string => {
  const compiled = compilePacketFilter(text);
  return compiled.ok ? compiled.sql : compiled.message;
};

describe('a filter of packets', () => {
  it('asks the packet where it can, its connection otherwise', () => {
    expect(sqlOf('frame.len > 100')).toContain('"len" > ');
    expect(sqlOf('frame.len > 100')).not.toContain('r.conn');
    expect(sqlOf('tcp.port == 80')).toMatch(/^\(input, conn_no\) IN \(SELECT .* FROM r\.conn WHERE /u);
  });

  it('mixes both, with the parameters in the order of their places', () => {
    const compiled = compilePacketFilter(
      'tcp.port == 80 && frame.len > 100 && !(ip.addr == 10.0.0.1 || frame.len < 60)',
    );
    if (!compiled.ok) throw new Error(compiled.message);
    expect(compiled.sql.match(/r\.conn/gu)).toHaveLength(2);
    expect(compiled.sql.match(/\?/gu) ?? []).toHaveLength(compiled.params.length);
    expect(compiled.sql).toContain('NOT (');
  });

  it("knows Wireshark's flags of TCP, set and not set", () => {
    const whole = (text: string): unknown[] => {
      const compiled = compilePacketFilter(text);
      return compiled.ok ? [compiled.sql, compiled.params] : [compiled.message];
    };
    for (const text of ['tcp.flags.syn == 1', 'tcp.flags.syn', 'tcp.flags.syn == true', 'tcp.flags.syn != 0'])
      expect(whole(text), text).toEqual(whole('tcp.flags & 2'));
    // The bits of RFC 9293, and of RFC 3168.
    for (const [bit, name] of ['fin', 'syn', 'reset', 'push', 'ack', 'urg', 'ece', 'cwr'].entries())
      expect(whole(`tcp.flags.${name}`), name).toEqual(whole(`tcp.flags & ${2 ** bit}`));
    expect(whole('tcp.flags.reset == 0')).toEqual(whole('tcp && !(tcp.flags & 4)'));
  });

  it('says where it is wrong', () => {
    expect(compilePacketFilter('tcp && tcp.flags.sin == 1')).toMatchObject({ ok: false, at: 7 });
    expect(sqlOf('tcp.flags.syn == 2')).toBe('tcp.flags.syn is set or not: write == 1 or == 0.');
    expect(compilePacketFilter('frame.len > 60 && tcp.prot == 80')).toMatchObject({
      ok: false,
      at: 18,
      suggestions: expect.arrayContaining(['tcp.port']) as unknown,
    });
    expect(compilePacketFilter('frame.len >')).toMatchObject({ ok: false });
  });
});
