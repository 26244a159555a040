#include <array>
#include <cstddef>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/task/frame_pool.hpp>
#include <sluice/testing/faults.hpp>
#include <native-bench/harness/memory.hpp>
#include <tests/support/failing_new.hpp>

using namespace sluice;

namespace {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SLUICE_TEST_SANITIZED 1
#endif
#endif
#ifdef SLUICE_TEST_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

auto allocated(std::size_t bytes, std::size_t count) -> std::vector<void*> {
  std::vector<void*> frames;
  for (std::size_t i = 0; i < count; ++i) {
    frames.push_back(detail::allocate_frame(bytes));
    std::memset(frames.back(), static_cast<int>(i), bytes);  // all of it may be used
  }
  return frames;
}

void free_all(std::vector<void*> const& frames, std::size_t bytes) {
  for (auto* const frame : frames) detail::free_frame(frame, bytes);
}

}  // namespace

TEST_CASE("frames of every size are counted, aligned, and nobody else's", "[task][G3]") {
  auto const before = count_frames();
  for (std::size_t const bytes : {1u, 31u, 32u, 33u, 200u, 1024u, 1025u, 5000u}) {
    auto const frames = allocated(bytes, 300);
    CHECK(std::set(frames.begin(), frames.end()).size() == frames.size());
    for (auto* const frame : frames) CHECK(reinterpret_cast<std::uintptr_t>(frame) % alignof(std::max_align_t) == 0);
    CHECK(count_frames().alive() - before.alive() == 300);
    free_all(frames, bytes);
  }
  CHECK(count_frames().made - before.made == 8u * 300u);
  CHECK(count_frames().alive() == before.alive());
}

TEST_CASE("frames made on one thread and freed on others come back, and the counts outlive their threads",
          "[task][G3][threads]") {
  auto const before = count_frames();
  for (int round = 0; round < 20; ++round) {
    auto const frames = allocated(96, 400);
    std::thread{[&] { free_all(frames, 96); }}.join();
    std::vector<void*> made;
    std::thread{[&] { made = allocated(96, 150); }}.join();
    free_all(made, 96);
  }
  CHECK(count_frames().made - before.made == 20u * 550u);
  CHECK(count_frames().alive() == before.alive());
}

TEST_CASE("frames can be had fresh, each by an allocation of its own", "[task][G9]") {
  support::skip_unless_allocations_fail();
  auto const before = count_frames();
  free_all(allocated(64, 100), 64);  // there are some to be had
  {
    testing::failing_allocation const counts{0};  // holds a `fresh_frames`
    free_all(allocated(64, 100), 64);
    CHECK(counts.count() >= 100);
  }
  free_all(allocated(64, 1000), 64);
  CHECK(count_frames().alive() == before.alive());
}

TEST_CASE("memory of many frames that are gone goes back, and serves other sizes", "[task][G3]") {
  if (bench::resident_bytes() == 0 || sanitized) SKIP("nobody tells how much is resident, or a sanitizer takes its share");
  constexpr std::size_t count = 100'000;
  constexpr auto mebibyte = std::int64_t{1} << 20;
  auto const before = bench::resident_bytes();
  for (std::size_t const bytes : {640u, 656u, 672u}) {
    auto const frames = allocated(bytes, count);
    CHECK(bench::resident_bytes() - before > 40 * mebibyte);
    CHECK(bench::resident_bytes() - before < 110 * mebibyte);  // of one size only
    free_all(frames, bytes);
  }
  CHECK(bench::resident_bytes() - before < 40 * mebibyte);  // the spare ones
}

TEST_CASE("blocks come from the same pool, and are no frames", "[task][G3]") {
  auto const before = count_frames();
  std::vector<void*> blocks;
  for (int i = 0; i < 300; ++i) blocks.push_back(detail::allocate_block(80));
  CHECK(std::set(blocks.begin(), blocks.end()).size() == blocks.size());
  CHECK(count_frames().made == before.made);
  for (auto* const block : blocks) detail::free_block(block, 80);
  CHECK(count_frames().freed == before.freed);
}
