/** What is looked for in one buffer, in the order in which the rule says it: later tests may be relative to earlier ones. */

import type { IntegerTest } from './integer-test.ts';

/** A number, or the name of a variable that byte_extract or byte_math set earlier. */
export type NumberOrVariable = number | string;

export interface BufferMatches {
  /** Sticky buffer by Suricata's dotted name ('http.uri', 'file.data', 'dns.query'); 'payload' for bytes of packets and streams, 'frame:NAME' for frames. */
  readonly buffer: string;
  /** Asked of one side alone: `http.connection:to_client`, or a rule in both directions (`=>`). */
  readonly side: 'to_server' | 'to_client' | undefined;
  readonly transforms: readonly Transform[];
  /** A transaction may have several of this buffer (dns.query, http.request_header, tls.certs …): one of them must match all tests. */
  readonly multi: boolean;
  readonly tests: readonly BufferTest[];
}

export type Transform =
  | { readonly kind: 'compress_whitespace' | 'strip_whitespace' | 'dotprefix' | 'to_lowercase' | 'to_uppercase' | 'header_lowercase' | 'strip_pseudo_headers' }
  | { readonly kind: 'to_md5' | 'to_sha1' | 'to_sha256' | 'url_decode' | 'domain' | 'tld' }
  | { readonly kind: 'xor'; readonly key: Uint8Array }
  /** The first capture group. */
  | { readonly kind: 'pcrexform'; readonly pattern: Pcre }
  | {
      readonly kind: 'from_base64';
      readonly offset: NumberOrVariable;
      readonly bytes: NumberOrVariable | undefined;
      readonly mode: 'rfc4648' | 'rfc2045' | 'strict';
    }
  | { readonly kind: 'gunzip' | 'zlib_deflate'; readonly maxSize: number | undefined }
  | { readonly kind: 'subslice'; readonly offset: number; readonly length: number | undefined; readonly truncate: boolean };

export interface ContentTest {
  readonly kind: 'content';
  readonly bytes: Uint8Array;
  readonly negated: boolean;
  readonly nocase: boolean;
  /** From the buffer's begin. `startswith` is offset 0 and depth = length. */
  readonly offset: NumberOrVariable | undefined;
  readonly depth: NumberOrVariable | undefined;
  /** From the end of the match before; either being set makes it relative. */
  readonly distance: NumberOrVariable | undefined;
  readonly within: NumberOrVariable | undefined;
  /** Nothing may follow it. */
  readonly endswith: boolean;
  /** Packet bytes as they were, without protocol normalisation; packets' and streams' bytes have none here. */
  readonly rawbytes: boolean;
}

export interface Pcre {
  /** Between the slashes, a character a byte. */
  readonly source: string;
  readonly caseless: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  /** Matches at the begin alone (A), at the very end alone (E), greediness turned round (G). */
  readonly anchored: boolean;
  readonly dollarEndOnly: boolean;
  readonly ungreedy: boolean;
}

export interface PcreTest {
  readonly kind: 'pcre';
  readonly pattern: Pcre;
  readonly negated: boolean;
  /** R: from the end of the match before. */
  readonly relative: boolean;
  readonly rawbytes: boolean;
  /** Where group 1, 2, … go: flowvar, pktvar or an alert's metadata; for flow integers too. */
  readonly captures: readonly { readonly scope: 'flow' | 'pkt' | 'alert'; readonly name: string; readonly key: boolean }[];
}

export type ByteOrder = 'big' | 'little' | 'dce';
export type NumberText = 'hex' | 'dec' | 'oct';

export type BufferTest =
  | ContentTest
  | PcreTest
  /** That many bytes follow (negated: do not). */
  | { readonly kind: 'isdataat'; readonly at: NumberOrVariable; readonly relative: boolean; readonly rawbytes: boolean; readonly negated: boolean }
  | {
      readonly kind: 'byte_test';
      readonly bytes: NumberOrVariable;
      readonly op: '=' | '<' | '>' | '<=' | '>=' | '&' | '^';
      readonly negated: boolean;
      readonly value: NumberOrVariable;
      readonly offset: NumberOrVariable;
      readonly relative: boolean;
      readonly order: ByteOrder;
      readonly text: NumberText | undefined;
      /** The value read is masked and shifted right by the mask's trailing zeros. */
      readonly bitmask: number | undefined;
    }
  | {
      readonly kind: 'byte_jump';
      readonly bytes: NumberOrVariable;
      readonly offset: NumberOrVariable;
      readonly relative: boolean;
      readonly multiplier: number;
      readonly order: ByteOrder;
      readonly text: NumberText | undefined;
      /** Rounded up to four bytes. */
      readonly align: boolean;
      readonly from: 'here' | 'beginning' | 'end';
      readonly postOffset: NumberOrVariable;
      readonly bitmask: number | undefined;
    }
  | {
      readonly kind: 'byte_extract';
      readonly bytes: number;
      readonly offset: number;
      readonly name: string;
      readonly relative: boolean;
      readonly multiplier: number;
      readonly order: ByteOrder;
      readonly text: NumberText | undefined;
      /** Rounded up to a multiple of it: 2 or 4. */
      readonly align: number | undefined;
    }
  | {
      readonly kind: 'byte_math';
      readonly bytes: NumberOrVariable;
      readonly offset: number;
      readonly op: '+' | '-' | '*' | '/' | '<<' | '>>';
      readonly operand: NumberOrVariable;
      readonly result: string;
      readonly relative: boolean;
      readonly order: ByteOrder;
      readonly text: NumberText | undefined;
      readonly bitmask: number | undefined;
    }
  /** The buffer's length; `urilen` too. */
  | { readonly kind: 'bsize'; readonly test: IntegerTest | { readonly variable: string; readonly op: '=' | '<' | '>' } }
  /** The buffer is not there; `orElse`: or the other tests hold. */
  | { readonly kind: 'absent'; readonly orElse: boolean }
  | {
      readonly kind: 'entropy';
      readonly bytes: number;
      readonly offset: number;
      /** Shannon, bits a byte (0 to 8), times 1: may be a fraction. */
      readonly op: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'range';
      readonly value: number;
      readonly high: number | undefined;
    }
  /** Decodes from here; what follows under 'base64_data' is in what it gives. */
  | { readonly kind: 'base64_decode'; readonly bytes: number | undefined; readonly offset: number; readonly relative: boolean }
  | DatasetTest
  | DatarepTest;

export type DatasetType = 'string' | 'md5' | 'sha256' | 'ipv4' | 'ip';

/** How the entries of a dataset's file are written: a value a line, a JSON list, or a JSON object a line. */
export interface DataSetFormat {
  readonly format: 'csv' | 'json' | 'ndjson';
  /** Member of each entry that has the value; dots lead into objects. */
  readonly valueKey: string | undefined;
  /** Member of a JSON document that has the entries. */
  readonly arrayKey: string | undefined;
}

export interface DatasetTest {
  readonly kind: 'dataset';
  readonly command: 'set' | 'unset' | 'isset' | 'isnotset';
  readonly name: string;
  /** Undefined where another rule's mention of the set says it. */
  readonly type: DatasetType | undefined;
  /** Path as written, relative to the rule file's folder. */
  readonly load: string | undefined;
  /** Of `state`: a file that need not be there. Nothing is ever written to it. */
  readonly save: string | undefined;
  readonly format: DataSetFormat;
}

export interface DatarepTest {
  readonly kind: 'datarep';
  readonly name: string;
  readonly op: '<' | '>' | '=';
  readonly value: number;
  readonly type: DatasetType;
  readonly load: string | undefined;
  readonly format: DataSetFormat;
}
