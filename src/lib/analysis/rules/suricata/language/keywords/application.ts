/** `app-layer-protocol` and `app-layer-event`. */

import { APP_PROTOS } from '../protocols.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';

const MODES = ['exact', 'final', 'either', 'to_server', 'to_client', 'original'] as const;

const protocol: Keyword = {
  value: 'required',
  negation: true,
  apply(draft, { text, negated }) {
    const [proto, mode, ...more] = text.split(',').map((part) => part.trim().toLowerCase());
    const known = MODES.find((one) => one === mode || one.replace('to_', 'to') === mode);
    if (more.length > 0 || (mode !== undefined && !known)) return `Its app-layer-protocol “${text}” has a mode that is none of ${MODES.join(', ')}.`;
    if (proto !== 'failed' && proto !== 'unknown' && !APP_PROTOS.has(proto)) return `Its app-layer-protocol “${proto}” is no application protocol.`;
    if (draft.appProtos && draft.proto !== 'ip' && APP_PROTOS.has(draft.proto)) return 'Its app-layer-protocol stands in a rule that has an application protocol already.';
    const again = draft.appFields.some((one) => one.kind === 'protocol' && (!one.negated || !negated) && one.mode === known);
    if (again) return 'It has a second app-layer-protocol that is not negated.';
    draft.appFields.push({ kind: 'protocol', field: 'app-layer-protocol', proto, negated, mode: known });
    return undefined;
  },
};

const event: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    const found = /^([a-z0-9-]+)\.([\w.]+)$/u.exec(text);
    // Files are of any protocol.
    if (found?.[1] === 'file') {
      draft.appFields.push({ kind: 'event', field: 'app-layer-event', proto: 'file', event: found[2] });
      return undefined;
    }
    const bare = /^[a-z0-9_]+$/u.exec(text)?.[0];
    if (!found && bare === undefined) return `Its app-layer-event “${text}” is not a protocol, a dot and an event.`;
    // Events of recognition itself belong to no protocol.
    const own = found && found[1] !== 'applayer' ? found[1] : undefined;
    if (own !== undefined && !APP_PROTOS.has(own)) return `Its app-layer-event “${text}” is of “${own}”, which is no application protocol.`;
    const app = own === undefined ? undefined : draft.requireApp('app-layer-event', [own]);
    if (app !== undefined) return app;
    if (!found && !draft.appProtos && !/^applayer_/u.test(text)) return `Its app-layer-event “${text}” is of no protocol.`;
    const proto = found ? found[1] : (draft.appProtos?.[0] ?? 'applayer');
    draft.appFields.push({ kind: 'event', field: 'app-layer-event', proto, event: found ? found[2] : (bare ?? '') });
    return undefined;
  },
};

export const APPLICATION: KeywordTable = { 'app-layer-protocol': protocol, 'app-layer-event': event };
