// The whole tree keeps to the floors, and the reader of the floors is not blind.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {checkAllCpp, checkAllTs, checkCpp, checkGuards, checkTs, checkUmbrellas, filesOf, floors, importsOf, includesOf, root} from './check_floors.mjs';

const clean = (bad) => assert.equal(bad.length, 0, `\n${bad.join('\n')}`);

test('every #include leads to a lower floor', () => {
  const {files, bad} = checkAllCpp();
  assert.ok(files.length > 0);
  clean(bad);
});

test('every import of the page leads to a lower floor', () => {
  const {files, bad} = checkAllTs();
  assert.ok(files.length > 0);
  clean(bad);
});

test('each room has a complete umbrella, and sluice.hpp names them all', () => clean(checkUmbrellas()));
test('each header has its guard', () => clean(checkGuards()));

test('no room is on two floors', () => {
  for (const table of [floors.core, floors.web]) {
    const rooms = table.floors.flat();
    assert.equal(new Set(rooms).size, rooms.length);
  }
});

test('a header that looks up, sideways or into a private folder is caught', () => {
  assert.match(checkCpp('core/sluice/base/x.hpp', '#include <sluice/task/task.hpp>')[0], /base \(floor 0\) may not use task \(floor 2\)/);
  assert.match(checkCpp('core/sluice/channel/x.hpp', '#include <sluice/runtime/runtime.hpp>')[0], /channel \(floor 4\) may not use runtime/);
  assert.match(checkCpp('core/sluice/flow/x.hpp', '#include <sluice/channel/detail/core.hpp>')[0], /private to channel/);
  assert.match(checkCpp('core/sluice/flow/x.hpp', '#include <sluice/channel/channel_all.hpp>')[0], /never an umbrella/);
  assert.match(checkCpp('core/sluice/flow/x.hpp', '#include <sluice/sluice.hpp>')[0], /never all of sluice/);
  assert.match(checkCpp('core/sluice/flow/x.hpp', '#include "neighbour.hpp"')[0], /not "neighbour.hpp"/);
  assert.match(checkCpp('core/sluice/flow/x.hpp', '#include <boost/asio.hpp>')[0], /standard library only/);
  assert.match(checkCpp('core/sluice/garage/x.hpp', '')[0], /on no floor/);
  assert.match(checkCpp('native-bench/x.cpp', '#include <boundary/playground.hpp>')[0], /nothing stands on the top floor/);
});

test('what is allowed passes', () => {
  clean(checkCpp('core/sluice/flow/x.hpp', '#include <vector>\n#include <sluice/flow/detail/y.hpp>\n#include <sluice/pool/worker_pool.hpp>\n// #include <sluice/scenarios/rig.hpp>\n'));
  clean(checkCpp('tests/channel/x_test.cpp', '#include <sluice/channel/detail/core.hpp>\n#include <catch2/catch_test_macros.hpp>\n'));
  clean(checkTs('web/src/views/x.ts', "import {html} from 'lit';\nimport type {A} from '../elements/a.js';\n"));
});

test('an import that looks up or sideways is caught in every spelling', () => {
  for (const spelling of ["import {a} from '../views/a.js';", "import type {A} from '../views/a.js';", "import '../views/a.js';", "export * from '../views/a.js';", "const a = await import('../views/a.js');",
    "import {\n  a,\n  b,\n} from '../views/a.js';"]) {
    assert.match(checkTs('web/src/elements/x.ts', spelling)[0] ?? 'nothing', /elements \(floor 4\) may not use views/, spelling);
  }
  assert.match(checkTs('web/src/client/x.ts', "import {w} from '../worker/w.js';")[0], /may not use worker/);
  assert.match(checkTs('web/src/elements/x.ts', "import {w} from '../../scripts/w.js';")[0], /may not reach outside/);
});

test('the readers see what a compiler sees', () => {
  assert.deepEqual(includesOf('#include <a>\n  # include "b.hpp" // c\n/* #include <d> */').map(({target}) => target), ['a', 'b.hpp']);
  assert.deepEqual(importsOf("import a from 'a';\n// import b from 'b';\nimport {c, type D} from './c.js';").map(({target}) => target), ['a', './c.js']);
});

test('core/README.md tells of every room', {skip: filesOf('core', /^README\.md$/).length === 0 && 'there is no core/README.md'}, () => {
  const text = readFileSync(join(root, 'core/README.md'), 'utf8');
  for (const room of floors.core.floors.flat().filter((name) => filesOf(`core/sluice/${name}`, /\.hpp$/).length > 0)) assert.ok(text.includes(room), `core/README.md does not mention the room ${room}`);
});
