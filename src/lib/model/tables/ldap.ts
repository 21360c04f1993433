import { column, optional, recordTable } from './record-table.ts';

/** Zeek's ldap.log. */
export const LDAP = recordTable('ldap', 'One row an LDAP request that is no search, with its result.', [
  column('message_id', 'u32', 'number of the message'),
  column('version', 'u32', 'version of the protocol (bind)', optional),
  column('opcode', 'text', 'the operation', optional),
  column('result', 'text', 'the result', optional),
  column('diagnostic_message', 'text', "the server's words", optional),
  column('object', 'text', 'name of the entry, or of the extended operation', optional),
  column(
    'argument',
    'text',
    'mechanism of a bind, changes of a modification; a password is REDACTED',
    optional,
  ),
]);

/** Zeek's ldap_search.log. */
export const LDAP_SEARCH = recordTable('ldap_search', 'One row an LDAP search with its result.', [
  column('message_id', 'u32', 'number of the message'),
  column('scope', 'text', 'base, single, tree', optional),
  column('deref_aliases', 'text', 'when aliases are followed', optional),
  column('base_object', 'text', 'where the search begins', optional),
  column('result_count', 'u32', 'entries and references that came'),
  column('result', 'text', 'the result', optional),
  column('diagnostic_message', 'text', "the server's words", optional),
  column('filter', 'text', 'what is searched, as RFC 4515 writes it', optional),
  column('attributes', 'text[]', 'attributes asked for', optional),
]);
