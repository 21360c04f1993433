/** A column's value as text, to group by and to count. */

import type { Column } from '../../../model/tables.ts';
import { dialect } from '../../../store/dialect.ts';

export const textColumn = ({ name, kind }: Column): string => {
  if (kind === 'addr') return dialect.addrText(`t.${name}`);
  if (kind === 'mac') return dialect.macText(`t.${name}`);
  return `t.${name}::VARCHAR`;
};
