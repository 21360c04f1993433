/** Options that remember: flowbits, flowint, xbits, hostbits, reputation, thresholds. */

import type { Keyword, KeywordTable } from '../keyword.ts';
import type { FlowbitsOption, FlowintOption, HostbitsOption, IprepOption, Threshold, XbitsOption } from '../state-option.ts';
import { readThreshold } from '../threshold-text.ts';

const COMMANDS = new Set(['set', 'isset', 'isnotset', 'unset', 'toggle']);

const flowbits: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (text === 'noalert') {
      draft.noalert = true;
      return undefined;
    }
    const found = /^(\w+)\s*,\s*(.+)$/u.exec(text);
    if (!found || !COMMANDS.has(found[1])) return `Its flowbits “${text}” is not a command (set, unset, toggle, isset, isnotset) and a name.`;
    const command = found[1] as FlowbitsOption['command'];
    const names = found[2].split('|').map((name) => name.trim());
    if (names.some((name) => name === '' || /[\s,]/u.test(name))) return `Its flowbits has a name with a space or a comma, or an empty one: “${found[2]}”.`;
    if (names.length > 1 && command !== 'isset' && command !== 'isnotset') return `Its flowbits:${command} takes one name: several with | are for isset and isnotset.`;
    if (names.length > 25) return 'Its flowbits names more than 25 bits.';
    draft.flowbits.push({ command, names });
    return undefined;
  },
};

const flowint: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const [name = '', op = '', value, ...more] = text.split(',').map((part) => part.trim());
    const sets = op === 'isset' || op === 'isnotset' || op === 'notset';
    const compares = ['+', '-', '=', '>', '<', '>=', '<=', '==', '!='].includes(op);
    if (!/^[a-z][\w.]*$/iu.test(name) || (!sets && !compares) || more.length > 0) return `Its flowint “${text}” is not a name, an operator and a value.`;
    if (compares && !value) return `Its flowint “${text}” lacks a value.`;
    if (sets && value !== undefined) return `Its flowint “${text}” has a value that ${op} does not take.`;
    const number = value !== undefined && /^\d+$/u.test(value) ? Number(value) : undefined;
    if (value !== undefined && number === undefined && !/^[a-z][\w.]*$/iu.test(value)) return `Its flowint “${text}” has a value that is neither a number nor a name.`;
    if (number !== undefined && number > 4_294_967_295) return `Its flowint “${text}” has a value of more than 32 bits.`;
    draft.flowint.push({ name, op: op as FlowintOption['op'], value: number ?? value });
    return undefined;
  },
};

const xbits: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (text === 'noalert') {
      draft.noalert = true;
      return undefined;
    }
    const found = /^(\w+)\s*,\s*([^\s,]+)\s*,\s*track\s+(ip_src|ip_dst|ip_pair|tx)\s*(?:,\s*expire\s+(\d+))?$/u.exec(text);
    if (!found || !COMMANDS.has(found[1])) return `Its xbits “${text}” is not a command, a name, track ip_src, ip_dst, ip_pair or tx, and perhaps expire.`;
    const expire = (found[4] as string | undefined) === undefined ? undefined : Number(found[4]);
    if (expire === 0) return 'Its xbits expires at once: expire must be above 0.';
    if (expire !== undefined && found[1] !== 'set' && found[1] !== 'toggle') return `Its xbits:${found[1]} has expire, which set alone takes.`;
    draft.xbits.push({ command: found[1] as XbitsOption['command'], name: found[2], track: found[3] as XbitsOption['track'], expire: expire ?? 30 });
    return undefined;
  },
};

const hostbits: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (text === 'noalert') {
      draft.noalert = true;
      return undefined;
    }
    const found = /^(\w+)\s*,\s*([^\s,]+)\s*(?:,\s*(src|dst|both))?$/u.exec(text);
    if (!found || !COMMANDS.has(found[1])) return `Its hostbits “${text}” is not a command, a name and perhaps src, dst or both.`;
    draft.hostbits.push({ command: found[1] as HostbitsOption['command'], name: found[2], side: found[3] as HostbitsOption['side'] });
    return undefined;
  },
};

const iprep: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const [side = '', category = '', op = '', value] = text.split(',').map((part) => part.trim());
    const isset = op === 'isset' || op === 'isnotset';
    const ok = ['any', 'src', 'dst', 'both'].includes(side) && category !== '' && (isset || (['<', '>', '=', '<=', '>='].includes(op) && /^\d+$/u.test(value) && Number(value) <= 127));
    if (!ok) return `Its iprep “${text}” is not a side (any, src, dst, both), a category, an operator and a score from 0 to 127.`;
    draft.iprep.push({ side: side as IprepOption['side'], category, op: op as IprepOption['op'], value: isset ? 0 : Number(value) });
    return undefined;
  },
};

const threshold: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (draft.threshold) return 'It has a second threshold.';
    if (draft.detectionFilter) return 'It has both threshold and detection_filter.';
    const read = readThreshold(text, ['limit', 'threshold', 'both', 'backoff']);
    if (typeof read === 'string') return `Its threshold ${read}`;
    const { type, track, count, seconds, multiplier } = read;
    draft.threshold = { type: type as Threshold['type'], track, count, seconds, multiplier };
    return undefined;
  },
};

const detectionFilter: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (draft.detectionFilter) return 'It has a second detection_filter.';
    if (draft.threshold) return 'It has both threshold and detection_filter.';
    const found = readThreshold(text, undefined);
    if (typeof found === 'string') return `Its detection_filter ${found}`;
    draft.detectionFilter = { track: found.track, count: found.count, seconds: found.seconds ?? 60, uniqueOn: found.uniqueOn };
    return undefined;
  },
};

export const STATE: KeywordTable = { flowbits, flowint, xbits, hostbits, iprep, threshold, detection_filter: detectionFilter };
