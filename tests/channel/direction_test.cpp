#include <sluice/channel/direction.hpp>

#include <type_traits>

#include <catch2/catch_test_macros.hpp>

using namespace sluice;

namespace {

template <class Way>
concept can_close = requires(Way way) { way.close(); };
template <class Way>
concept can_receive = requires(Way way) { way.try_recv(); };
template <class Way>
concept can_send = requires(Way way) { way.try_send(1); };

}  // namespace

TEST_CASE("a channel narrows to one direction, and never widens again", "[channel][C17]") {
  STATIC_CHECK(std::is_convertible_v<channel<int>&, send_only<int>>);
  STATIC_CHECK(std::is_convertible_v<channel<int>&, recv_only<int>>);
  STATIC_CHECK_FALSE(std::is_constructible_v<channel<int>, send_only<int>>);
  STATIC_CHECK_FALSE(std::is_constructible_v<channel<int>, recv_only<int>>);
  STATIC_CHECK_FALSE(std::is_constructible_v<send_only<int>, recv_only<int>>);
  STATIC_CHECK_FALSE(std::is_constructible_v<recv_only<int>, send_only<int>>);

  STATIC_CHECK(can_send<send_only<int>>);
  STATIC_CHECK(can_close<send_only<int>>);
  STATIC_CHECK_FALSE(can_receive<send_only<int>>);
  STATIC_CHECK(can_receive<recv_only<int>>);
  STATIC_CHECK_FALSE(can_send<recv_only<int>>);
  STATIC_CHECK_FALSE(can_close<recv_only<int>>);
}

TEST_CASE("both views look at the channel they came from", "[channel][C17]") {
  channel<int> ch{2};
  send_only<int> const in = ch;
  recv_only<int> const out = ch;
  CHECK(in.try_send(1));
  CHECK(in.len() == 1);
  CHECK(out.len() == 1);
  CHECK(out.cap() == 2);
  CHECK(out.try_recv() == 1);
  in.close();
  CHECK(ch.closed());
  CHECK(out.try_recv().error().code() == errc::closed);
}

TEST_CASE("a result of sending cannot be overlooked, and only movable objects travel", "[channel][C9]") {
  STATIC_CHECK_FALSE(transferable<int&>);
  STATIC_CHECK_FALSE(transferable<int const>);
  STATIC_CHECK_FALSE(transferable<void>);
  STATIC_CHECK_FALSE(std::is_copy_constructible_v<channel<int>>);
  STATIC_CHECK(std::is_nothrow_move_constructible_v<channel<int>>);
}
