/** What rules may ask of a message of LDAP, by Suricata's names. */

import type { Conn, Dir, Position } from '../contract.ts';
import { children, contentOf, type Element } from '../wire/asn1.ts';
import { ruleNumber } from '../wire/rule-number.ts';
import { isResponse, type LdapMessage, resultOf } from './message.ts';
import {
  ABANDON_REQUEST,
  ADD_REQUEST,
  BIND_REQUEST,
  COMPARE_REQUEST,
  DELETE_REQUEST,
  INTERMEDIATE_RESPONSE,
  MODIFY_DN_REQUEST,
  MODIFY_REQUEST,
  SEARCH_ENTRY,
  SEARCH_REFERENCE,
  SEARCH_REQUEST,
  UNBIND_REQUEST,
} from './names.ts';

const MAX_ATTRIBUTES = 256;

/** Where a request names what it is about. */
const nameOf = ({ operation, parts, element }: LdapMessage): Element | undefined => {
  switch (operation) {
    case BIND_REQUEST:
      return parts[1];
    case SEARCH_REQUEST:
    case MODIFY_REQUEST:
    case ADD_REQUEST:
    case MODIFY_DN_REQUEST:
    case COMPARE_REQUEST:
      return parts[0];
    case DELETE_REQUEST:
      return element;
    default:
      return undefined;
  }
};

/** Answers that a request may have several of: its count is known with the last. */
const IS_ONE_OF_SEVERAL = new Set([SEARCH_ENTRY, SEARCH_REFERENCE, INTERMEDIATE_RESPONSE]);

/** `answers`: those that the request had before this message. */
export function tellRules(
  conn: Conn,
  message: LdapMessage,
  bytes: Uint8Array,
  dir: Dir,
  at: Position,
  answers: number,
): void {
  const { id, operation, parts } = message;
  const tell = (name: string, part: Element | undefined): void => {
    if (part) conn.buffer(name, id, dir, contentOf(bytes, part), at);
  };
  if (!isResponse(operation)) {
    ruleNumber(conn, 'ldap.request.operation', id, dir, operation, at);
    if (operation === UNBIND_REQUEST || operation === ABANDON_REQUEST)
      ruleNumber(conn, 'ldap.responses.count', id, dir, 0, at);
    tell('ldap.request.dn', nameOf(message));
    const attributes = operation === SEARCH_REQUEST ? parts[7] : undefined;
    if (attributes)
      for (const one of children(bytes, attributes, MAX_ATTRIBUTES)) tell('ldap.request.attribute_type', one);
    return;
  }
  ruleNumber(conn, 'ldap.responses.operation', id, dir, operation, at);
  if (!IS_ONE_OF_SEVERAL.has(operation)) ruleNumber(conn, 'ldap.responses.count', id, dir, answers + 1, at);
  if (operation === SEARCH_ENTRY) {
    tell('ldap.responses.dn', parts[0]);
    const attributes = parts[1] ? children(bytes, parts[1], MAX_ATTRIBUTES) : [];
    for (const one of attributes) tell('ldap.responses.attribute_type', children(bytes, one, 1)[0]);
  } else if (operation !== SEARCH_REFERENCE && operation !== INTERMEDIATE_RESPONSE) {
    ruleNumber(conn, 'ldap.responses.result_code', id, dir, resultOf(bytes, parts).code, at);
    tell('ldap.responses.dn', parts[1]);
    tell('ldap.responses.message', parts[2]);
  }
}
