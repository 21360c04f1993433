/** Operations of an LDAP session: requests wait for their results, and become rows. */

import { LDAP, LDAP_SEARCH } from '../../../model/tables/ldap.ts';
import type { Conn, Dir, Position, RowValues } from '../contract.ts';
import { contentOf, textOf } from '../wire/asn1.ts';
import { Authentication } from '../wire/authentication.ts';
import {
  assertionText,
  bindOf,
  changesText,
  isResponse,
  type LdapMessage,
  resultOf,
  searchOf,
  taggedText,
} from './message.ts';
import {
  ABANDON_REQUEST,
  ADD_REQUEST,
  ALIASES,
  BIND_REQUEST,
  BIND_RESPONSE,
  COMPARE_REQUEST,
  DELETE_REQUEST,
  EXTENDED_REQUEST,
  EXTENDED_RESPONSE,
  extensionName,
  INTERMEDIATE_RESPONSE,
  MODIFY_DN_REQUEST,
  MODIFY_REQUEST,
  OPERATIONS,
  resultName,
  SCOPES,
  SEARCH_DONE,
  SEARCH_ENTRY,
  SEARCH_REFERENCE,
  SEARCH_REQUEST,
  START_TLS,
  UNBIND_REQUEST,
} from './names.ts';
import { tellRules } from './rule-fields.ts';

interface Waiting {
  readonly search: boolean;
  readonly first: Position;
  readonly last: Position;
  readonly values: RowValues;
  entries: number;
  readonly user?: string | undefined;
  readonly password?: Uint8Array | undefined;
  readonly extension?: string | undefined;
  readonly sasl?: boolean | undefined;
}

/** Requests that wait for an answer: the oldest is written when more come. */
const MAX_WAITING = 1024;
const SASL_IN_PROGRESS = 14;

const some = (text: string | undefined): string | undefined => text || undefined;

export class Operations {
  /** The server agreed to TLS. */
  startedTls = false;
  private readonly conn: Conn;
  private readonly logons: Authentication;
  private readonly waiting = new Map<number, Waiting>();

  constructor(conn: Conn) {
    this.conn = conn;
    this.logons = new Authentication(conn);
  }

  /** An entry of a search came, whatever it holds. */
  entry(id: number, at: Position): void {
    const waiting = this.waiting.get(id);
    if (waiting) waiting.entries++;
    else this.wait(id, { search: true, first: at, last: at, entries: 1, values: {} });
  }

  message(message: LdapMessage, bytes: Uint8Array, first: Position, last: Position, dir: Dir): void {
    if (this.conn.listening) {
      const { id, element } = message;
      this.conn.buffer('ldap.message', id, dir, bytes.subarray(element.start, element.end), first);
      tellRules(this.conn, message, bytes, dir, first, this.waiting.get(id)?.entries ?? 0);
      this.conn.tx(id, dir, isResponse(message.operation) ? 'response' : 'request', last);
    }
    if (isResponse(message.operation)) this.response(message, bytes, first, last);
    else this.request(message, bytes, first, last);
  }

  private wait(id: number, waiting: Waiting): void {
    const before = this.waiting.get(id);
    if (before) this.write(id, before, {}, before.last);
    else if (this.waiting.size >= MAX_WAITING) {
      const oldest = this.waiting.entries().next().value;
      if (oldest) {
        this.waiting.delete(oldest[0]);
        this.write(oldest[0], oldest[1], {}, oldest[1].last);
      }
    }
    this.waiting.set(id, waiting);
  }

  private request(message: LdapMessage, bytes: Uint8Array, first: Position, last: Position): void {
    const { id, operation, parts } = message;
    const frames = { first, last, entries: 0 };
    if (operation === SEARCH_REQUEST) {
      const { base, scope, aliases, filter, attributes } = searchOf(bytes, parts);
      const values = {
        scope: SCOPES[scope],
        deref_aliases: ALIASES[aliases],
        base_object: base,
        filter,
        attributes,
      };
      this.wait(id, { search: true, ...frames, values });
      return;
    }
    if (operation === BIND_REQUEST) {
      const { version, name, password, mechanism, token } = bindOf(bytes, parts);
      const sasl = password === undefined;
      const values = {
        version,
        opcode: sasl ? 'bind SASL' : 'bind simple',
        object: some(name),
        argument: sasl ? some(mechanism) : 'REDACTED',
      };
      this.wait(id, {
        search: false,
        ...frames,
        values,
        user: name,
        password: password?.slice(0, 256),
        sasl,
      });
      if (token) this.logons.token(token, first, last);
      return;
    }
    const [one, two] = parts;
    const values = { opcode: OPERATIONS[operation], ...this.requested(message, bytes) };
    if (operation === UNBIND_REQUEST || operation === ABANDON_REQUEST) {
      this.conn.row(LDAP, { message_id: id, ...values }, first, last);
      return;
    }
    const extension = operation === EXTENDED_REQUEST ? taggedText(bytes, parts, 0) : undefined;
    if (operation === MODIFY_REQUEST && one && two) {
      this.wait(id, {
        search: false,
        ...frames,
        values: { ...values, argument: some(changesText(bytes, two)) },
      });
      return;
    }
    if (operation === COMPARE_REQUEST && two) {
      this.wait(id, { search: false, ...frames, values: { ...values, argument: assertionText(bytes, two) } });
      return;
    }
    this.wait(id, { search: false, ...frames, values, extension });
  }

  private requested({ operation, parts, element }: LdapMessage, bytes: Uint8Array): RowValues {
    const [one, two] = parts;
    switch (operation) {
      case MODIFY_REQUEST:
      case ADD_REQUEST:
      case COMPARE_REQUEST:
        return { object: one && some(textOf(bytes, one)) };
      case MODIFY_DN_REQUEST:
        return { object: one && some(textOf(bytes, one)), argument: two && some(textOf(bytes, two)) };
      case DELETE_REQUEST:
        return { object: some(textOf(bytes, element)) };
      case EXTENDED_REQUEST:
        return { object: extensionName(taggedText(bytes, parts, 0) ?? '') };
      default:
        return {};
    }
  }

  private response(message: LdapMessage, bytes: Uint8Array, first: Position, last: Position): void {
    const { id, operation, parts } = message;
    if (operation === SEARCH_ENTRY || operation === SEARCH_REFERENCE) {
      this.entry(id, first);
      return;
    }
    if (operation === INTERMEDIATE_RESPONSE) return;
    const { code, diagnostic } = resultOf(bytes, parts);
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    const waiting: Waiting = found ?? {
      search: operation === SEARCH_DONE,
      first,
      last,
      entries: 0,
      values: operation === SEARCH_DONE ? {} : this.unasked(message, bytes),
    };
    if (operation === BIND_RESPONSE) this.bound(waiting, message, bytes, code, first, last);
    this.write(
      id,
      waiting,
      { result: code === undefined ? undefined : resultName(code), diagnostic_message: some(diagnostic) },
      last,
    );
    if (operation === EXTENDED_RESPONSE && waiting.extension === START_TLS && code === 0)
      this.startedTls = true;
  }

  private unasked({ operation, parts }: LdapMessage, bytes: Uint8Array): RowValues {
    const name = operation === EXTENDED_RESPONSE ? taggedText(bytes, parts, 10) : undefined;
    return { opcode: OPERATIONS[operation], object: name === undefined ? undefined : extensionName(name) };
  }

  private bound(
    waiting: Waiting,
    { parts }: LdapMessage,
    bytes: Uint8Array,
    code: number | undefined,
    first: Position,
    last: Position,
  ): void {
    const token = parts.find((part) => part.cls === 2 && part.tag === 7);
    if (token) this.logons.token(contentOf(bytes, token), first, last);
    if (waiting.sasl && code !== undefined && code !== SASL_IN_PROGRESS)
      this.logons.outcome(code === 0, last);
    this.simple(waiting, code === undefined ? undefined : code === 0, last);
  }

  /** A name with a password; without one it is anonymous. */
  private simple({ user, password }: Waiting, success: boolean | undefined, at: Position): void {
    if (user === undefined || password === undefined || password.length === 0) return;
    this.conn.credential({ service: 'ldap', kind: 'password', user, secret: password, success }, at);
  }

  private write(id: number, waiting: Waiting, result: RowValues, last: Position): void {
    const { search, first, entries, values } = waiting;
    this.conn.row(
      search ? LDAP_SEARCH : LDAP,
      { message_id: id, ...(search ? { result_count: entries } : {}), ...values, ...result },
      first,
      last,
    );
  }

  close(): void {
    for (const [id, waiting] of this.waiting) {
      this.write(id, waiting, {}, waiting.last);
      this.simple(waiting, undefined, waiting.last);
    }
    this.waiting.clear();
    this.logons.close();
  }
}
