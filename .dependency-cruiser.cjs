/** The rules of "Who may import whom" (docs/ARCHITECTURE.md). tests/layers holds a small tree that breaks each of them. */

const stages = 'capture|decode|flow|protocol|files|columns';
const kit = '^src/(routes/|hooks|app\\.d\\.ts|service-worker)';

/** What holds state or opens DuckDB: Kit reaches it through #engine/* alone, so that a process has one copy. */
const serverRooms = '^src/lib/(ingest|store|enrich|analysis|export|host|server)/';

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const tests = '\\.test\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'Two files that import each other cannot be understood one at a time.',
      {},
      { circular: true },
    ),
    {
      name: 'no-folder-cycles',
      comment: 'Nor can two rooms of the house.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/lib/' },
      to: { circular: true, path: '^src/lib/' },
    },
    forbid(
      'unresolvable',
      'The import leads nowhere.',
      {},
      { couldNotResolve: true, pathNot: '^(\\$app|\\$env|\\$service-worker|\\./\\$types)' },
    ),
    forbid(
      'not-in-package-json',
      'A package that is not in package.json is not on the next machine.',
      { path: '^(src|bin)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'engine-needs-runtime-packages',
      'dist/ leaves packages outside: what the engine imports must be in "dependencies".',
      { path: '^src/(lib/(?!ui/)|processes/)', pathNot: tests },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),

    // 1
    forbid(
      '1-model-is-a-leaf',
      'model imports nothing of ours.',
      { path: '^src/lib/model/' },
      { path: '^src/', pathNot: '^src/lib/model/' },
    ),

    // 2
    forbid(
      '2-stage-imports-model-and-itself',
      'An ingest stage imports model and itself; pipeline/ wires stages.',
      { path: `^src/lib/ingest/(${stages})/`, pathNot: tests },
      { path: '^src/', pathNot: ['^src/lib/model/', '^src/lib/ingest/$1/'] },
    ),
    forbid(
      '2-pipeline-imports-stages-only',
      'The pipeline is handed its store, rules and detectors by processes/.',
      { path: '^src/lib/ingest/pipeline/', pathNot: tests },
      { path: '^src/', pathNot: ['^src/lib/model/', '^src/lib/ingest/'] },
    ),

    // 3
    forbid(
      '3-protocols-do-not-know-each-other',
      'A protocol imports its contract and wire/, never a sibling: it asks for a child by name.',
      {
        path: '^src/lib/ingest/protocol/([^/]+?)(?:\\.hot)?(?:/|\\.ts$)',
        pathNot: [tests, '^src/lib/ingest/protocol/(registry|wire|contract)(/|\\.)'],
      },
      {
        path: '^src/lib/ingest/protocol/',
        pathNot: ['^src/lib/ingest/protocol/(wire|contract)(/|\\.)', '^src/lib/ingest/protocol/$1(/|\\.)'],
      },
    ),
    forbid(
      '3-link-types-do-not-know-each-other',
      'A link type imports its contract, never a sibling.',
      {
        path: '^src/lib/ingest/decode/link/([^/.]+)',
        pathNot: [tests, '^src/lib/ingest/decode/link/(registry|contract)\\.'],
      },
      {
        path: '^src/lib/ingest/decode/link/',
        pathNot: ['^src/lib/ingest/decode/link/contract\\.', '^src/lib/ingest/decode/link/$1(/|\\.)'],
      },
    ),
    forbid(
      '3-detectors-do-not-know-each-other',
      'A detector imports its contract, never a sibling.',
      {
        path: '^src/lib/analysis/detect/([^/]+?)(?:/|\\.ts$)',
        pathNot: [tests, '^src/lib/analysis/detect/(registry|contract|run)(/|\\.)'],
      },
      {
        path: '^src/lib/analysis/detect/',
        pathNot: ['^src/lib/analysis/detect/contract(/|\\.)', '^src/lib/analysis/detect/$1(/|\\.)'],
      },
    ),
    forbid(
      '3-rule-languages-do-not-know-each-other',
      'A rule language imports the contract, never another language.',
      { path: '^src/lib/analysis/rules/([^/]+)/', pathNot: [tests, '^src/lib/analysis/rules/matcher/'] },
      {
        path: '^src/lib/analysis/rules/[^/]+/',
        pathNot: ['^src/lib/analysis/rules/matcher/', '^src/lib/analysis/rules/$1/'],
      },
    ),
    forbid(
      '3-enrichers-do-not-know-each-other',
      'An enricher imports the contract, never a sibling.',
      {
        path: '^src/lib/enrich/([^/]+?)(?:/|\\.ts$)',
        pathNot: [tests, '^src/lib/enrich/(registry|contract)(/|\\.)'],
      },
      { path: '^src/lib/enrich/', pathNot: ['^src/lib/enrich/contract(/|\\.)', '^src/lib/enrich/$1(/|\\.)'] },
    ),

    // 4
    forbid(
      '4-duckdb-only-in-store',
      'Only store/ knows DuckDB.',
      { path: '^src/', pathNot: ['^src/lib/store/', tests] },
      { path: '@duckdb/' },
    ),

    // 5
    forbid(
      '5-ingest-not-analysis',
      'ingest and analysis never import each other.',
      { path: '^src/lib/ingest/' },
      { path: '^src/lib/analysis/' },
    ),
    forbid(
      '5-analysis-not-ingest',
      'ingest and analysis never import each other.',
      { path: '^src/lib/analysis/' },
      { path: '^src/lib/ingest/' },
    ),
    forbid(
      '5-store-imports-model-only',
      'The store is the bottom: analysis reads through it, it knows no reader.',
      { path: '^src/lib/store/', pathNot: tests },
      { path: '^src/', pathNot: ['^src/lib/model/', '^src/lib/store/'] },
    ),

    // 6
    forbid(
      '6-ui-imports-model-types-alone',
      'Components know no server: they import model, and only its types.',
      { path: '^src/lib/ui/' },
      { path: '^src/', pathNot: ['^src/lib/ui/', '^src/lib/model/'] },
    ),
    forbid(
      '6-ui-takes-only-types-of-model',
      'Components know no server: they import model, and only its types.',
      { path: '^src/lib/ui/', pathNot: tests },
      { path: '^src/lib/model/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      '6-pages-are-not-server-code',
      'What runs in the browser never imports the engine.',
      { path: '(\\.svelte|\\+(page|layout)\\.ts|\\.svelte\\.ts)$' },
      { path: `(${serverRooms}|^src/processes/)`, dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      '6-kit-reaches-the-engine-by-its-door',
      'A value import would bundle a second copy of the store into build/: import from #engine/* instead.',
      { path: kit },
      { path: serverRooms, dependencyTypesNot: ['type-only'] },
    ),

    // 7
    forbid(
      '7-lib-knows-no-entry-points',
      'lib never imports routes or processes.',
      { path: '^src/lib/' },
      { path: '^src/(routes|processes)/|^src/hooks' },
    ),
    forbid(
      '7-processes-know-no-routes',
      'The composition root does not reach up into pages.',
      { path: '^src/processes/' },
      { path: '^src/routes/' },
    ),
    forbid(
      'kit-imports-only-the-engine-door',
      'Of src/processes, Kit sees engine/ alone.',
      { path: kit },
      { path: '^src/processes/', pathNot: '^src/processes/engine/' },
    ),
    forbid(
      'tests-are-not-imported',
      'Code never imports a test.',
      { path: '^src/', pathNot: tests },
      { path: '\\.test\\.ts$|^tests/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.svelte-kit|build|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.layers.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'svelte', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.svelte', '.json', '.d.ts'],
    },
  },
};
