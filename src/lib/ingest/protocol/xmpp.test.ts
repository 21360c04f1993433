import { describe, expect, it } from 'vitest';
import { ProtocolEngine } from './engine/engine.ts';
import { xmpp } from './xmpp.ts';

const heard = (
  ...said: readonly string[]
): { app: string | undefined; services: readonly string[]; tables: readonly string[] } => {
  const tables: string[] = [];
  const engine = new ProtocolEngine({
    protocols: [xmpp],
    rows: { row: ({ name }) => tables.push(name) },
    file: () => {
      throw new Error('XMPP carries no files.');
    },
  });
  const conversation = engine.open(
    {
      uid: 'C1',
      transport: 'tcp',
      ipProto: 6,
      origH: '192.0.2.1',
      origP: 40_000,
      respH: '192.0.2.2',
      respP: 1299,
    },
    0,
  );
  for (const text of said) conversation.data(0, Buffer.from(text), { ts: 0n, file: 0, frame: 1 });
  conversation.close();
  expect([...engine.failures.keys()]).toEqual([]);
  return { app: conversation.app?.name, services: conversation.services, tables };
};

const appOf = (...said: readonly string[]): { app: string | undefined; services: readonly string[] } => {
  const { app, services } = heard(...said);
  return { app, services };
};

describe('an XMPP stream', () => {
  it.each([
    ["<stream:stream to='cold.example' version='1.0'>", 'Jabber'],
    ["\n<?xml version='1.0'?>\n<stream:stream to='cold.example'>", 'Jabber'],
    // Some clients write no space between two attributes.
    ["<stream:stream version='1.0'to='im.truphone.com'>", 'TruPhone'],
    ["<stream:stream to='im.nottruphone.com'>", 'Jabber'],
    ['<stream:stream id="to=\'im.truphone.com\'" to="cold.example">', 'Jabber'],
    ["<stream:stream to='' from='im.truphone.com'>", 'TruPhone'],
  ])('%j is %s', (text, app) => {
    expect(appOf(text)).toEqual({ app, services: ['xmpp'] });
    expect(appOf(...text)).toEqual({ app, services: ['xmpp'] });
  });

  it.each(["<?xml version='1.0'?><html>", '<html>', '<stream>', '<?xml version="1.0"?>' + ' '.repeat(400)])(
    '%j is none',
    (text) => {
      expect(appOf(text)).toEqual({ app: undefined, services: [] });
    },
  );
});

describe('a login by SASL', () => {
  const login = (password: string): string[] => {
    const answer = Buffer.from(`\0someone\0${password}`).toString('base64');
    const text = `<stream:stream to='cold.example'><auth mechanism='PLAIN'>${answer}</auth>`;
    return text.match(/.{1,500}/gs) ?? [];
  };

  it('is a credential; what is too long for one is not waited for', () => {
    expect(heard(...login('s3cret')).tables).toEqual(['credentials']);
    expect(heard(...login('x'.repeat(2_000))).tables).toEqual(['credentials']);
    expect(heard(...login('x'.repeat(6_000))).tables).toEqual([]);
  });
});
