import { createContext } from 'svelte';
import type { Case } from '../../model/api/cases.ts';
import type { InputList } from '../../model/api/inputs.ts';
import type { TableList } from '../../model/api/tables.ts';
import type { Query } from '../data/query.svelte.ts';

/** What every page of a case knows about it. */
export interface CaseContext {
  readonly id: string;
  readonly resource: Query<Case>;
  readonly inputs: Query<InputList>;
  readonly tables: Query<TableList>;
  /** Reads all of it again: after an ingest, a rename, a deletion. */
  refresh(): void;
}

export const [useCase, provideCase] = createContext<CaseContext>();
