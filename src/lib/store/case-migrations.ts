/**
 * The schema of case.duckdb as a list of steps. A step is never changed once released: another one is appended. Files of any
 * earlier version are brought forward at opening, in one transaction.
 */

export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

export const CASE_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE case_info (id VARCHAR NOT NULL, name VARCHAR NOT NULL, description VARCHAR NOT NULL, owner_id VARCHAR NOT NULL,
         sample BOOLEAN NOT NULL, created VARCHAR NOT NULL, modified VARCHAR NOT NULL)`,
      `CREATE TABLE inputs (id VARCHAR NOT NULL, name VARCHAR NOT NULL, owner_id VARCHAR NOT NULL, state VARCHAR NOT NULL, problem VARCHAR,
         files VARCHAR NOT NULL, settings VARCHAR NOT NULL, counts VARCHAR, created VARCHAR NOT NULL, sealed_at VARCHAR)`,
      `CREATE TABLE findings (input VARCHAR NOT NULL, key VARCHAR NOT NULL, source VARCHAR NOT NULL, rule_id VARCHAR NOT NULL,
         severity UTINYINT NOT NULL, title VARCHAR NOT NULL, first BIGINT, last BIGINT, doc VARCHAR NOT NULL)`,
      `CREATE TABLE triage (key VARCHAR NOT NULL, state VARCHAR NOT NULL, note VARCHAR, owner_id VARCHAR NOT NULL, "at" VARCHAR NOT NULL)`,
      `CREATE TABLE notes (id VARCHAR NOT NULL, subject VARCHAR NOT NULL, body VARCHAR NOT NULL, owner_id VARCHAR NOT NULL, created VARCHAR NOT NULL)`,
      `CREATE TABLE runs (id VARCHAR NOT NULL, kind VARCHAR NOT NULL, doc VARCHAR NOT NULL, owner_id VARCHAR NOT NULL, created VARCHAR NOT NULL)`,
      `CREATE TABLE snapshots (id VARCHAR NOT NULL, name VARCHAR NOT NULL, doc VARCHAR NOT NULL, owner_id VARCHAR NOT NULL, created VARCHAR NOT NULL)`,
      `CREATE TABLE jobs (id VARCHAR NOT NULL, kind VARCHAR NOT NULL, input VARCHAR, state VARCHAR NOT NULL, doc VARCHAR NOT NULL,
         owner_id VARCHAR NOT NULL, created VARCHAR NOT NULL, started VARCHAR, ended VARCHAR)`,
    ],
  },
  { version: 2, statements: ['CREATE TABLE settings (key VARCHAR NOT NULL, doc VARCHAR NOT NULL)'] },
  // Findings of a replay stand beside those of the ingest.
  {
    version: 3,
    statements: [
      `CREATE TABLE run_findings (run VARCHAR NOT NULL, input VARCHAR NOT NULL, key VARCHAR NOT NULL, source VARCHAR NOT NULL, rule_id VARCHAR NOT NULL,
         severity UTINYINT NOT NULL, title VARCHAR NOT NULL, first BIGINT, last BIGINT, doc VARCHAR NOT NULL)`,
    ],
  },
  // Sealed and looked at are two steps: who dies between them has the second one to make up for. What was sealed before counts as looked at.
  {
    version: 4,
    statements: [
      'ALTER TABLE inputs ADD COLUMN detected_at VARCHAR',
      'ALTER TABLE inputs ADD COLUMN detection_retries UTINYINT DEFAULT 0',
      `UPDATE inputs SET detected_at = coalesce(sealed_at, created) WHERE state = 'sealed'`,
    ],
  },
];
