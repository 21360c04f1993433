/** Proof captures: the fewest packets that make a rule fire again, checked by running it over them. */

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fewest } from '../../analysis/findings/fewest.ts';
import { reputation } from '../../analysis/detect/reputation.ts';
import { type DetectorSettings, withOverrides } from '../../analysis/detect/run/settings.ts';
import type { RecordRules } from '../../analysis/rules/record-rules.ts';
import { writePcapng } from '../../export/pcapng-writer.ts';
import type { Finding, Proof } from '../../model/api/findings.ts';
import { runResource } from '../../model/api/runs.ts';
import { openCaseReader } from '../../store/case-reader.ts';
import type { CaseAccess } from '../case-access.ts';
import type { CaseRegistry } from '../case-registry.ts';
import type { CaseRuleChoice } from '../case-rules.ts';
import { DataDir } from '../data-dir.ts';
import { detect, homeOf } from '../detection.ts';
import type { DetectorChoice } from '../detector-choice.ts';
import { download } from '../download.ts';
import type { Findings } from '../findings.ts';
import type { FromChild, ToChild } from '../jobs/ingest-messages.ts';
import { WatchedChild } from '../jobs/watched-child.ts';
import { keyLogsOf, storeKeyLog } from '../key-logs.ts';
import { PacketBytes } from '../packet-bytes.ts';
import { Refusal } from '../refusal.ts';
import type { RuleLibrary } from '../rule-library.ts';
import { evidencePackets, type EvidencePacket, guessesOf } from './evidence-packets.ts';

/** Runs of the rule for one proof: a second each. */
const MOST_TRIES = 24;
const MOST_PACKETS = 50_000;

export interface ProofParts {
  readonly registry: CaseRegistry;
  readonly access: CaseAccess;
  readonly findings: Findings;
  readonly library: RuleLibrary;
  readonly choice: CaseRuleChoice;
  readonly detectors: DetectorChoice;
  readonly childPath: string;
  readonly engine: string;
  /** Runs of the rule for one proof; tests need fewer. */
  readonly tries?: number;
}

export interface ProofAsked {
  readonly key: string;
  readonly input?: string | undefined;
  readonly run: string;
}

export class Proofs {
  readonly #parts: ProofParts;

  constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  /** Makes the capture and keeps it in the cache. Stops, and leaves nothing, when nobody waits any more. */
  async make(caseId: string, asked: ProofAsked, signal: AbortSignal): Promise<Proof> {
    const { registry, access, findings } = this.#parts;
    const finding = await findings.get(caseId, asked.key, asked.input, asked.run);
    const { packets, of } = await access.read(caseId, (reader) =>
      evidencePackets(reader, finding, MOST_PACKETS),
    );
    if (packets.length === 0)
      throw new Refusal(
        'gone',
        'The packets of this finding have no rows: the input was read without its packets table.',
      );
    const root = join(registry.dir.cache, `proof-${randomUUID()}`);
    const bytes = await access.read(caseId, (reader) => PacketBytes.of(registry.dir, reader));
    try {
      mkdirSync(root, { recursive: true });
      const rested = await this.#restedOn(caseId, finding, asked.run);
      const trial = new Trial(this.#parts, caseId, finding, rested, root, bytes, signal);
      trial.prepare();
      const verified = await trial.fires(packets);
      const found = verified
        ? await fewest(
            packets,
            guessesOf(packets),
            (some) => trial.fires(some),
            (this.#parts.tries ?? MOST_TRIES) - 1,
          )
        : { kept: packets, tries: 0, minimal: false };
      const path = this.#path(caseId, finding, asked.run);
      mkdirSync(join(registry.dir.cache, 'proofs'), { recursive: true });
      await trial.write(found.kept, `${path}.part`);
      await rename(`${path}.part`, path);
      return {
        verified,
        packets: found.kept.length,
        of_packets: of,
        bytes: statSync(path).size,
        tries: found.tries + 1,
        why: whyOf(verified, found.minimal, of > packets.length),
      };
    } finally {
      await bytes.close();
      rmSync(root, { recursive: true, force: true });
    }
  }

  /** The capture that `make` kept. */
  async file(caseId: string, asked: ProofAsked): Promise<Response> {
    const finding = await this.#parts.findings.get(caseId, asked.key, asked.input, asked.run);
    const path = this.#path(caseId, finding, asked.run);
    if (!existsSync(path))
      throw new Refusal('not_found', 'No proof capture was made of this finding yet: make one first.');
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
    }
    return download(pieces(), `proof-${finding.rule.id}.pcapng`, 'application/x-pcapng');
  }

  /** What the detector of a finding had: of a replay as its run says, of an ingest as the case says. */
  async #restedOn(caseId: string, { rule }: Finding, run: string): Promise<RestedOn> {
    const { registry, choice, detectors } = this.#parts;
    const settings = await detectors.settings(caseId);
    const state = await registry.state(caseId);
    const row = await state.one('runs', { id: run, kind: 'replay' });
    if (!row) return { files: (await choice.get(caseId)).files, settings };
    const { rules, detectors: ran } = runResource.parse(row.doc);
    const params = z.record(z.string(), z.unknown()).safeParse(ran.find(({ id }) => id === rule.id)?.params);
    return {
      files: rules.map(({ id }) => id),
      settings: params.success
        ? withOverrides(settings, { detectors: { [rule.id]: params.data } })
        : settings,
    };
  }

  #path(caseId: string, { input, key }: Finding, run: string): string {
    const name = createHash('sha256')
      .update(JSON.stringify([caseId, run, input, key]))
      .digest('hex');
    return join(this.#parts.registry.dir.cache, 'proofs', `${name}.pcapng`);
  }
}

function whyOf(verified: boolean, minimal: boolean, cut: boolean): string {
  if (!verified)
    return cut
      ? 'The rule did not fire on the first packets of the evidence, and there are more than a proof reads.'
      : 'The rule does not fire on its evidence alone: it needs more of the capture, so the whole evidence is given.';
  return minimal
    ? 'Without any one of them it does not fire.'
    : 'There may be a smaller capture: the search was ended.';
}

/** Rule files and parameters that a finding came of. */
interface RestedOn {
  readonly files: readonly string[];
  readonly settings: DetectorSettings;
}

/** Runs the finding's rule over packets, in a data directory of its own. */
class Trial {
  readonly #parts: ProofParts;
  readonly #caseId: string;
  readonly #finding: Finding;
  readonly #restedOn: RestedOn;
  readonly #dir: DataDir;
  readonly #bytes: PacketBytes;
  readonly #signal: AbortSignal;
  #ruleFiles: readonly string[] = [];
  #records: readonly RecordRules[] = [];
  #tries = 0;

  constructor(
    parts: ProofParts,
    caseId: string,
    finding: Finding,
    restedOn: RestedOn,
    root: string,
    bytes: PacketBytes,
    signal: AbortSignal,
  ) {
    this.#parts = parts;
    this.#caseId = caseId;
    this.#finding = finding;
    this.#restedOn = restedOn;
    this.#dir = DataDir.open(root);
    this.#bytes = bytes;
    this.#signal = signal;
  }

  /** Finds the rule's files, and takes the input's key log along. */
  prepare(): void {
    const { registry } = this.#parts;
    const { settings } = registry.input(this.#caseId, this.#finding.input);
    for (const text of keyLogsOf(registry.dir, settings)) storeKeyLog(this.#dir, text);
    const { library } = this.#parts;
    const { files } = library.list();
    if (this.#finding.source === 'detector') {
      const lists = files.filter(
        ({ id, language }) => language === 'ioc' && this.#restedOn.files.includes(id),
      );
      if (this.#finding.rule.id === reputation.id)
        this.#records = library.recordRules(lists.map(({ id }) => id));
      return;
    }
    const ids = files.map(({ id }) => id);
    const having = ids.filter((id) => library.has(id, this.#finding.rule.id));
    if (having.length === 0)
      throw new Refusal(
        'gone',
        `No rule file has the rule ${this.#finding.rule.id} any more: it cannot be run again.`,
      );
    this.#ruleFiles = library.payloadFiles(having);
    this.#records = library.recordRules(having);
  }

  async write(packets: readonly EvidencePacket[], path: string): Promise<void> {
    const { input } = this.#finding;
    const bytes = this.#bytes;
    async function* all() {
      for (const { file, offset, caplen, len, linkType, ts } of packets) {
        const place = { input, file, offset, caplen };
        yield { linkType, ts, len, bytes: await bytes.read(place), interfaceName: bytes.name(place) };
      }
    }
    const comment = `Proof of ${this.#finding.rule.id}: ${this.#finding.title}`;
    await writeFile(path, writePcapng(all(), { application: this.#parts.engine, comment }), { mode: 0o600 });
  }

  async fires(packets: readonly EvidencePacket[]): Promise<boolean> {
    this.#signal.throwIfAborted();
    const inputId = `try-${++this.#tries}`;
    const path = join(this.#dir.root, `${inputId}.pcapng`);
    await this.write(packets, path);
    const settings = this.#parts.registry.input(this.#caseId, this.#finding.input).settings;
    const begin: ToChild = {
      say: 'begin',
      dataDir: this.#dir.root,
      engine: this.#parts.engine,
      job: {
        caseId: 'proof',
        inputId,
        name: inputId,
        ownerId: 'proof',
        files: [{ name: 'proof.pcapng', path, adopt: true }],
        settings,
        ruleFiles: this.#ruleFiles,
      },
    };
    const child = new WatchedChild<Extract<FromChild, { say: 'done' }>>({
      what: 'The proof',
      childPath: this.#parts.childPath,
      begin,
    });
    const cancel = (): void => child.kill('Nobody waits for the proof any more.');
    this.#signal.addEventListener('abort', cancel, { once: true });
    try {
      const ending = await child.ended;
      if ('problem' in ending) throw new Refusal('internal', ending.problem);
      return await this.#found(inputId);
    } finally {
      this.#signal.removeEventListener('abort', cancel);
      rmSync(this.#dir.input('proof', inputId), { recursive: true, force: true });
    }
  }

  async #found(inputId: string): Promise<boolean> {
    const { rule, src, source } = this.#finding;
    const { registry } = this.#parts;
    const reader = await openCaseReader([{ id: inputId, path: this.#dir.records('proof', inputId) }], {
      connections: 1,
    });
    try {
      const { findings } = await detect(
        reader,
        reader,
        {
          ids: source === 'detector' ? [rule.id] : [],
          settings: this.#restedOn.settings,
          home: await homeOf(registry, this.#caseId, this.#finding.input),
          signal: this.#signal,
        },
        this.#records,
      );
      return findings.some((one) => one.rule.id === rule.id && one.src[0] === src[0]);
    } finally {
      reader.close();
    }
  }
}
