// The lock-free rooms meet other threads, and the allocator, through their policy alone.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {filesOf, root} from './check_floors.mjs';

const rooms = ['lockfree', 'reclaim'];
const forbidden = [
  {what: 'an atomic of the standard library', pattern: /\bstd::atomic(<|_)|\batomic_(thread|signal)_fence\b|\b__(atomic|sync)_/},
  {what: 'memory of a thread', pattern: /\bthread_local\b/},
  {what: 'new', pattern: /\bnew\b|\bstd::(malloc|calloc|aligned_alloc|make_unique|make_shared|allocator)\b/},
  {what: 'delete', pattern: /(?<!=\s*)\bdelete\b|\bstd::free\b/},
  {what: 'a lock or a sleep of the standard library', pattern: /\bstd::(mutex|recursive_mutex|timed_mutex|shared_mutex|condition_variable\w*|counting_semaphore|binary_semaphore|latch|barrier|call_once|once_flag)\b/},
  {what: 'a thread of the standard library', pattern: /\bstd::(this_thread|thread|jthread)\b/},
  {what: 'the processor, without the policy', pattern: /\bcpu_pause\s*\(|\bstd_atomics::/},
];

/** C++ without its comments and without what stands in quotes; lines stay where they are. */
const bare = (text) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'/gm, (all) => all.replace(/[^\n]/g, ' '));

/** What one file touches by itself. */
function impurities(path, text) {
  return bare(text).split('\n').flatMap((line, at) => forbidden.filter(({pattern}) => pattern.test(line)).map(({what}) => `${path}:${at + 1}: ${what}: ${line.trim()}`));
}

test('lockfree/ and reclaim/ touch memory, threads and the allocator through the policy alone', () => {
  const files = rooms.flatMap((room) => filesOf(`core/sluice/${room}`, /\.(hpp|cpp)$/));
  assert.ok(files.length >= 20, `only ${files.length} files were found`);
  const bad = files.flatMap((path) => impurities(path, readFileSync(join(root, path), 'utf8')));
  assert.equal(bad.length, 0, `\n${bad.join('\n')}`);
});

test('each way around the policy is caught', () => {
  for (const line of ['std::atomic<int> x;', 'std::atomic_flag f;', 'std::atomic_thread_fence(seq_cst);', 'static thread_local int x;', 'auto* p = new node;', 'return ::new (room) T();', 'delete p;', 'delete[] p;',
    'std::mutex m;', 'std::condition_variable woken;', 'std::this_thread::yield();', 'std::thread t;', 'cpu_pause();', 'std_atomics::fence(seq_cst);', 'std::make_unique<node>()', 'std::free(p);'])
    assert.equal(impurities('x.hpp', line).length, 1, line);
});

test('what the policy supplies, and what stands in comments and texts, passes', () => {
  const text = ['// std::atomic<int> and new nodes', '/// never `delete`', 'x(x const&) = delete;', 'typename Atomics::template atomic<node*> top_{nullptr};', 'Atomics::template allocate<node>()',
    'throw misuse("x", "a new std::mutex");', '/* std::this_thread', '   thread_local */', 'std::memory_order order = seq_cst', 'template <atomics_policy Atomics = std_atomics>', 'std::lock_guard const lock(mutex_);',
    'free(ripe, mine);', 'auto* newest = newest_.load(relaxed);'].join('\n');
  assert.deepEqual(impurities('x.hpp', text), []);
});
