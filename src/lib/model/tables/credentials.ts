import { column, optional, recordTable } from './record-table.ts';

/** Clear-text credentials and hash material, masked where they are written: the secret itself is only in the capture. */
export const CREDENTIALS = recordTable(
  'credentials',
  'One row a credential seen in clear text or as hash material.',
  [
    column('service', 'text', 'the protocol'),
    column(
      'kind',
      'text',
      'in clear: password, basic, form, json, plain, community …; hash material: cram-md5, ntlmv2, krb5-tgs …',
    ),
    column('user', 'text', 'the account', { ...optional, ecs: 'user.name' }),
    column(
      'secret_masked',
      'text',
      'first and last character and the length; of hash material only how many bytes it has',
      optional,
    ),
    column('secret_hash', 'text', 'salted SHA-256, to compare within one input', optional),
    column('success', 'bool', 'the server accepted it, where it said so', optional),
  ],
);
