/** Kerberos 5 (RFC 4120): datagrams, and TCP with four bytes of length before each message. */

import { createHash } from 'node:crypto';
import { KERBEROS } from '../../../model/tables/kerberos.ts';
import type {
  Conn,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  RowValues,
  Span,
  Verdict,
} from '../contract.ts';
import { signedCertificates } from '../wire/cms.ts';
import {
  AS_REP,
  AS_REQ,
  encryptedPart,
  FORWARDABLE,
  KRB_ERROR,
  kerberosLength,
  type KerberosMessage,
  kerberosMessage,
  RENEWABLE,
  TGS_REP,
  TGS_REQ,
} from '../wire/kerberos.ts';
import { type Chain, report } from '../wire/tls-certificates.ts';
import { cipherName, errorName, isWeakCipher } from './names.ts';
import { ruleEvent, ruleNumber, ruleWord } from '../wire/rule-number.ts';
import { byteClass } from '../wire/byte-class.ts';

const KDC_PORT = 88;
/** Longest message over TCP that is waited for; tickets with large authorization data stay far below. */
const MAX_MESSAGE = 1 << 18;

const PA_TGS_REQ = 1;
const PA_ENC_TIMESTAMP = 2;
const PA_PK_AS_REQ = 16;
const PA_PK_AS_REP = 17;

/** With any of these a client proves who it is before it gets an answer: time stamp, PKINIT, FAST, encrypted challenge, SPAKE. */
const PROOFS: ReadonlySet<number> = new Set([PA_ENC_TIMESTAMP, PA_PK_AS_REQ, 136, 138, 151]);

/** Asked for pre-authentication is how every exchange of MIT's clients begins, not a failure. */
const BEGINNING = 'NEEDED_PREAUTH';

interface Pending {
  readonly first: Position;
  readonly last: Position;
  readonly message: KerberosMessage;
  readonly values: RowValues;
}

const join = (name: string | undefined, realm: string | undefined): string | undefined =>
  name === undefined && realm === undefined ? undefined : `${name ?? ''}/${realm ?? ''}`;

const ticketHash = (message: KerberosMessage | undefined): string | undefined =>
  message?.ticketPart && createHash('sha256').update(message.ticketPart).digest('hex');

class KerberosSession implements ParserSession {
  private readonly conn: Conn;
  private readonly framed: boolean;
  private pending: Pending | undefined;
  private transaction = 0;
  private sound = false;

  constructor(conn: Conn, framed: boolean) {
    this.conn = conn;
    this.framed = framed;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (!this.framed) {
      const message = kerberosMessage(bytes, this.conn.facts.respP === KDC_PORT);
      if (message === undefined) return this.sound ? bytes.length : -1;
      this.message(message, bytes, data.at(0), data.at(bytes.length - 1), dir);
      return bytes.length;
    }
    let at = 0;
    while (bytes.length - at >= 5) {
      const length =
        (((bytes[at] ?? 0) << 24) |
          ((bytes[at + 1] ?? 0) << 16) |
          ((bytes[at + 2] ?? 0) << 8) |
          (bytes[at + 3] ?? 0)) >>>
        0;
      const told = kerberosLength(bytes, at + 4);
      if (length > MAX_MESSAGE || told < 0 || (told > 0 && told !== length)) return -1;
      const end = at + 4 + length;
      if (end > bytes.length) {
        this.conn.need(dir, end - at);
        break;
      }
      const part = bytes.subarray(at + 4, end);
      const message = kerberosMessage(part, this.conn.facts.respP === KDC_PORT);
      if (message === undefined) return -1;
      this.message(message, part, data.at(at), data.at(end - 1), dir);
      at = end;
    }
    return at;
  }

  private message(
    message: KerberosMessage,
    bytes: Uint8Array,
    first: Position,
    last: Position,
    dir: Dir,
  ): void {
    this.sound = true;
    this.conn.confirm();
    if (message.type === AS_REQ || message.type === TGS_REQ) this.request(message, first, last);
    else if (message.type === AS_REP || message.type === TGS_REP) this.answer(message, first, last);
    else if (message.type === KRB_ERROR) this.failure(message, first, last);
    if (this.conn.listening) this.tell(message, bytes, first, last, dir);
  }

  /** What the ticket and the server's part are encrypted with; of weak ciphers an event too. */
  private tellEncryption({ ticketCipher, partCipher }: KerberosMessage, dir: Dir, at: Position): void {
    if (ticketCipher !== undefined) {
      const words = `${ticketCipher} ${cipherName(ticketCipher)} ${isWeakCipher(ticketCipher) ? 'weak' : 'strong'}`;
      ruleWord(this.conn, 'krb5.ticket_encryption', this.transaction, dir, words, at);
    }
    if ([ticketCipher, partCipher].some((cipher) => cipher !== undefined && isWeakCipher(cipher)))
      ruleEvent(this.conn, 'krb5.weak_encryption', this.transaction, dir, at);
  }

  private tell(message: KerberosMessage, bytes: Uint8Array, first: Position, last: Position, dir: Dir): void {
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const isRequest = message.type === AS_REQ || message.type === TGS_REQ;
    if (isRequest) this.transaction++;
    this.conn.buffer('krb5.message', this.transaction, dir, bytes, first);
    if (message.client !== undefined)
      this.conn.buffer('krb5.cname', this.transaction, dir, encode(message.client), first);
    if (message.service !== undefined)
      this.conn.buffer('krb5.sname', this.transaction, dir, encode(message.service), first);
    ruleNumber(this.conn, 'krb5.msg_type', this.transaction, dir, message.type, first);
    if (message.type === AS_REP || message.type === TGS_REP) this.tellEncryption(message, dir, first);
    ruleNumber(this.conn, 'krb5.err_code', this.transaction, dir, message.errorCode, first);
    this.conn.tx(this.transaction, dir, isRequest ? 'request' : 'response', last);
    if (!isRequest) this.conn.tx(this.transaction, dir, 'end', last);
  }

  private request(message: KerberosMessage, first: Position, last: Position): void {
    const waiting = this.pending?.message;
    // The same question again is a datagram sent once more.
    if (
      waiting?.type === message.type &&
      waiting.service === message.service &&
      waiting.till === message.till
    ) {
      if (waiting.padata.length === message.padata.length) return;
    }
    this.flush();
    const options = message.options ?? 0;
    const certificate =
      message.type === AS_REQ ? this.certificate(message, PA_PK_AS_REQ, first, last) : undefined;
    const granting = message.padata.find(({ type }) => type === PA_TGS_REQ);
    this.pending = {
      first,
      last,
      message,
      values: {
        request_type: message.type === AS_REQ ? 'AS' : 'TGS',
        client: message.type === AS_REQ ? join(message.client, message.realm) : undefined,
        service: message.service,
        from: message.from,
        till: message.till,
        forwardable: (options & FORWARDABLE) !== 0,
        renewable: (options & RENEWABLE) !== 0,
        request_ciphers: message.ciphers?.map(cipherName),
        client_cert_subject: certificate?.leaf?.subject,
        client_cert_fuid: certificate?.fuid,
        auth_ticket_sha256: ticketHash(granting && kerberosMessage(granting.value)),
      },
    };
    const proof = message.padata.find(({ type }) => type === PA_ENC_TIMESTAMP);
    if (message.type === AS_REQ && proof)
      this.conn.credential(
        {
          service: 'krb',
          kind: 'krb5-preauth',
          user: join(message.client, message.realm),
          material: encryptedPart(proof.value),
        },
        last,
      );
  }

  private answer(message: KerberosMessage, first: Position, last: Position): void {
    const certificate =
      message.type === AS_REP ? this.certificate(message, PA_PK_AS_REP, first, last) : undefined;
    const asked = this.pending;
    this.pending = undefined;
    const type = message.type === AS_REP ? AS_REQ : TGS_REQ;
    const request = asked?.message.type === type ? asked : undefined;
    this.conn.row(
      KERBEROS,
      {
        ...request?.values,
        request_type: message.type === AS_REP ? 'AS' : 'TGS',
        client: request?.values['client'] ?? join(message.client, message.realm),
        service: message.service ?? request?.values['service'],
        cipher: message.ticketCipher === undefined ? undefined : cipherName(message.ticketCipher),
        ticket_cipher: message.partCipher === undefined ? undefined : cipherName(message.partCipher),
        server_cert_subject: certificate?.leaf?.subject,
        server_cert_fuid: certificate?.fuid,
        new_ticket_sha256: ticketHash(message),
        success: true,
      },
      request?.first ?? first,
      last,
    );
    this.material(message, request?.message, last);
  }

  /** What of an answer can be tried against passwords. */
  private material(answer: KerberosMessage, request: KerberosMessage | undefined, last: Position): void {
    if (answer.type === TGS_REP) {
      // Anyone with a ticket may ask for one to any service, whose password made its key; the centre's own key is random.
      if (answer.service === undefined || answer.service.startsWith('krbtgt/')) return;
      const user = join(answer.service, answer.realm);
      this.conn.credential(
        { service: 'krb', kind: 'krb5-tgs', user, material: answer.ticketPart, success: true },
        last,
      );
      return;
    }
    // A ticket given without pre-authentication: its client part can be tried by anyone who asks.
    if (request === undefined || request.padata.some(({ type }) => PROOFS.has(type))) return;
    const user = join(answer.client, answer.realm);
    this.conn.credential(
      { service: 'krb', kind: 'krb5-asrep', user, material: answer.clientPart, success: true },
      last,
    );
  }

  private failure(message: KerberosMessage, first: Position, last: Position): void {
    const asked = this.pending;
    this.pending = undefined;
    if (message.errorText === BEGINNING) return;
    this.conn.row(
      KERBEROS,
      {
        ...asked?.values,
        client:
          asked?.values['client'] ??
          (message.client === undefined ? message.realm : join(message.client, message.realm)),
        service: message.service ?? asked?.values['service'],
        success: false,
        error_code: message.errorCode,
        error_msg:
          message.errorText ?? (message.errorCode === undefined ? undefined : errorName(message.errorCode)),
      },
      asked?.first ?? first,
      last,
    );
  }

  /** Writes the certificates that PKINIT carries in `type`, and answers what they are. */
  private certificate(
    message: KerberosMessage,
    type: typeof PA_PK_AS_REQ | typeof PA_PK_AS_REP,
    first: Position,
    last: Position,
  ): Chain | undefined {
    const data = message.padata.find((entry) => entry.type === type);
    const found = data ? signedCertificates(data.value) : [];
    if (found.length === 0) return undefined;
    const isClient = type === PA_PK_AS_REQ;
    const source = this.framed ? 'KRB_TCP' : 'KRB';
    return report(this.conn, found, isClient ? 0 : 1, isClient, first, last, source);
  }

  private flush(): void {
    if (this.pending) this.conn.row(KERBEROS, this.pending.values, this.pending.first, this.pending.last);
    this.pending = undefined;
  }

  gap(): boolean {
    return !this.framed;
  }

  close(): void {
    this.flush();
  }
}

export const krb: ProtocolParser = {
  name: 'krb',
  transport: 'udp',
  ports: [KDC_PORT],
  probe: (bytes, _dir, conn) => (kerberosMessage(bytes, conn.respP === KDC_PORT) ? 'yes' : 'no'),
  open: (conn) => new KerberosSession(conn, false),
};

export const krbTcp: ProtocolParser = {
  name: 'krb_tcp',
  transport: 'tcp',
  ports: [KDC_PORT],
  firstBytes: byteClass('\\x00'),
  probe(bytes): Verdict {
    if (bytes.length < 4) return bytes[0] === undefined || bytes[0] === 0 ? 'more' : 'no';
    const length =
      (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0;
    if (length > MAX_MESSAGE) return 'no';
    const told = kerberosLength(bytes, 4);
    if (told <= 0) return told === 0 ? 'more' : 'no';
    return told === length ? 'yes' : 'no';
  },
  open: (conn) => new KerberosSession(conn, true),
};
