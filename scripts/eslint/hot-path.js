/**
 * ESLint plugin for `*.hot.ts`, the code that runs once a packet: nothing inside a loop there may allocate.
 * One object a packet makes the decoder ten times slower (DESIGN §4), and neither types nor tests show who did it.
 */

const copyingMethods = new Set(['subarray', 'slice']);

/** What each kind of node allocates, in the words of the message. */
const allocations = {
  ObjectExpression: 'an object literal',
  ArrayExpression: 'an array literal',
  ArrowFunctionExpression: 'a closure',
  FunctionExpression: 'a closure',
  FunctionDeclaration: 'a closure',
  ClassExpression: 'a class',
  TemplateLiteral: 'a template string',
  TaggedTemplateExpression: 'a template string',
  NewExpression: '`new`',
  SpreadElement: 'a spread',
  RestElement: 'a rest element',
};

const loops = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

/** Whether `child` of the loop runs at each turn: `init` of a for and the right side of for-of run once. */
function runsEachTurn(loop, child) {
  if (loop.type === 'ForStatement') return child !== loop.init;
  if (loop.type === 'ForOfStatement' || loop.type === 'ForInStatement') return child !== loop.right;
  return true;
}

function isInLoop(node) {
  let child = node;
  for (let parent = node.parent; parent; child = parent, parent = parent.parent) {
    if (loops.has(parent.type) && runsEachTurn(parent, child)) return true;
    // What only runs to throw runs once at most.
    if (parent.type === 'ThrowStatement') return false;
  }
  return false;
}

/** @type {import('eslint').Rule.RuleModule} */
const noAllocationInLoop = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      allocates: '{{what}} inside a loop of a hot file allocates at each turn: hoist it out of the loop',
      bigint: 'a BigInt inside a loop of a hot file allocates: use two 32-bit words',
      copies: '.{{method}}() inside a loop of a hot file makes a view or a copy: pass an offset and a length',
    },
  },
  create(context) {
    const report = (node, messageId, data) => {
      if (isInLoop(node)) context.report({ node, messageId, data });
    };
    const visitors = {};
    for (const [type, what] of Object.entries(allocations)) {
      visitors[type] = (node) => report(node, 'allocates', { what });
    }
    return {
      ...visitors,
      'Literal[bigint]'(node) {
        report(node, 'bigint');
      },
      'CallExpression[callee.name="BigInt"]'(node) {
        report(node, 'bigint');
      },
      CallExpression(node) {
        const callee = node.callee;
        if (callee.type !== 'MemberExpression') return;
        const method = callee.computed ? callee.property.value : callee.property.name;
        if (copyingMethods.has(method)) report(node, 'copies', { method });
      },
    };
  },
};

export default { meta: { name: 'coldwire' }, rules: { 'no-allocation-in-loop': noAllocationInLoop } };
