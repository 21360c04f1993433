import { RuleTester } from 'eslint';
import ts from 'typescript-eslint';
import { describe, it } from 'vitest';
import plugin from './hot-path.js';

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

const tester = new RuleTester({ languageOptions: { parser: ts.parser } });
const inLoop = (body) =>
  `export function decode(bytes: Uint8Array, n: number) { for (let i = 0; i < n; i++) { ${body} } }`;

tester.run('no-allocation-in-loop', plugin.rules['no-allocation-in-loop'], {
  valid: [
    'const state = { a: 1 }; export const f = () => [state];',
    inLoop('bytes[i] = i + 1;'),
    'for (let view = new DataView(b), i = 0; i < 3; i++) view.getUint8(i);',
    'for (const port of [80, 443]) use(port);',
    inLoop('if (i > 9) throw new RangeError(`row ${i}`);'),
    'const tail = bytes.subarray(4); while (more()) read(tail);',
  ],
  invalid: [
    {
      code: inLoop('use({ i });'),
      errors: [{ messageId: 'allocates', data: { what: 'an object literal' } }],
    },
    { code: inLoop('use([i]);'), errors: [{ messageId: 'allocates', data: { what: 'an array literal' } }] },
    { code: inLoop('later(() => i);'), errors: [{ messageId: 'allocates', data: { what: 'a closure' } }] },
    {
      code: inLoop('use(`row`);'),
      errors: [{ messageId: 'allocates', data: { what: 'a template string' } }],
    },
    { code: inLoop('use(new Map());'), errors: [{ messageId: 'allocates', data: { what: '`new`' } }] },
    { code: inLoop('use(1n);'), errors: [{ messageId: 'bigint' }] },
    { code: inLoop('use(BigInt(i));'), errors: [{ messageId: 'bigint' }] },
    {
      code: inLoop('use(bytes.subarray(i));'),
      errors: [{ messageId: 'copies', data: { method: 'subarray' } }],
    },
    { code: inLoop('use(bytes.slice(i));'), errors: [{ messageId: 'copies', data: { method: 'slice' } }] },
    { code: 'while (more()) use({});', errors: 1 },
    { code: 'do { use({}); } while (more());', errors: 1 },
    { code: 'for (const x of xs) use({ x });', errors: 1 },
    { code: 'for (let i = 0; test({ i }); i++);', errors: 1 },
  ],
});
