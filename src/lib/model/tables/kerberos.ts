import { column, optional, recordTable } from './record-table.ts';

/** Zeek's kerberos.log. */
export const KERBEROS = recordTable(
  'kerberos',
  'One row a request to a key distribution centre and its answer.',
  [
    column('request_type', 'text', 'AS: a ticket-granting ticket; TGS: a ticket for a service', optional),
    column('client', 'text', 'principal of the client, name/REALM', { ...optional, ecs: 'user.name' }),
    column('service', 'text', 'principal of the service', optional),
    column('success', 'bool', 'a ticket was given', optional),
    column('error_code', 'u32', 'code of the error', optional),
    column('error_msg', 'text', "the error's text, or the name of its code", optional),
    column('from', 'time', 'the ticket is to be valid from', optional),
    column('till', 'time', 'the ticket is to be valid till', optional),
    column('cipher', 'text', 'encryption type of the ticket', optional),
    column('forwardable', 'bool', 'a forwardable ticket was asked for', optional),
    column('renewable', 'bool', 'a renewable ticket was asked for', optional),
    column('ticket_cipher', 'text', 'encryption type of the part meant for the client', optional),
    column('request_ciphers', 'text[]', 'encryption types that the client offers, best first', optional),
    column(
      'auth_ticket_sha256',
      'text',
      'SHA-256 of what is encrypted of the ticket that was shown',
      optional,
    ),
    column(
      'new_ticket_sha256',
      'text',
      'SHA-256 of what is encrypted of the ticket that was given',
      optional,
    ),
    column('client_cert_subject', 'text', "subject of the client's certificate (PKINIT)", optional),
    column('client_cert_fuid', 'text', 'its record among files', optional),
    column('server_cert_subject', 'text', "subject of the centre's certificate (PKINIT)", optional),
    column('server_cert_fuid', 'text', 'its record among files', optional),
  ],
);
