/** Cases as the interface has them. */

import type { Case, CaseCreate, CaseList, CasePatch } from '../model/api/cases.ts';
import type { CaseAccess } from './case-access.ts';
import type { CaseRegistry } from './case-registry.ts';
import { caseResource } from './case-resource.ts';
import type { JobQueue } from './job-queue.ts';
import { dropKeyLogs } from './key-logs.ts';
import { removeObjects } from './object-collection.ts';

export class CaseService {
  readonly #registry: CaseRegistry;
  readonly #access: CaseAccess;
  readonly #queue: JobQueue;

  constructor(registry: CaseRegistry, access: CaseAccess, queue: JobQueue) {
    this.#registry = registry;
    this.#access = access;
    this.#queue = queue;
  }

  list(ownerId: string): CaseList {
    return { cases: this.#registry.list(ownerId).map((manifest) => this.#resource(caseResource(manifest))) };
  }

  get(caseId: string): Case {
    return this.#resource(caseResource(this.#registry.manifest(caseId)));
  }

  async create(ownerId: string, { name, description }: CaseCreate): Promise<Case> {
    const made = await this.#registry.create({
      name,
      ownerId,
      ...(description === undefined ? {} : { description }),
    });
    return this.#resource(caseResource(made));
  }

  async patch(caseId: string, values: CasePatch): Promise<Case> {
    return this.#resource(caseResource(await this.#registry.patch(caseId, values)));
  }

  /** Cancels its jobs, closes its readers, removes it and the captures that nothing else uses. */
  async remove(caseId: string): Promise<undefined> {
    const manifest = this.#registry.manifest(caseId);
    // All at once: what waits must not begin while what runs is ended.
    await Promise.all(
      this.#queue.busy(caseId).map((job) => this.#queue.cancel(manifest.case.owner_id, job.id)),
    );
    this.#access.forget(caseId);
    await this.#registry.remove(caseId);
    removeObjects(
      this.#registry.dir,
      manifest.inputs.flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
    );
    dropKeyLogs(
      this.#registry.dir,
      manifest.inputs.map(({ settings }) => settings),
    );
  }

  /** Jobs that wait count as ingesting, before they have an input; a case that cannot be opened says why. */
  #resource(made: Case): Case {
    const problem = this.#registry.problem(made.id);
    if (problem !== undefined) return { ...made, state: 'unreadable', problem };
    return this.#queue.busy(made.id).length > 0 ? { ...made, state: 'ingesting' } : made;
  }
}
