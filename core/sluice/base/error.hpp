// error — why an operation did not do what it was asked, as a value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice {

/// Ordinary ways to fail. Misuse is not among them: it is an exception.
enum class errc : std::uint8_t {
  closed = 1,         ///< the other side has ended
  would_block,        ///< not ready, and the caller did not want to wait
  full,               ///< no room, and the caller did not want to wait
  cancelled,          ///< the context ended
  deadline_exceeded,  ///< the context's time ran out
  stopped,            ///< the service no longer accepts work
  rejected,           ///< refused by a policy
  invalid,            ///< an argument outside its range
  not_found,          ///< no such thing
  resource,           ///< memory, threads or another resource could not be had
  deadlock,           ///< every task waits and nothing can wake one
  failed,             ///< the work itself failed
};

/// The name of `code`, such as "deadline exceeded".
[[nodiscard]] auto name(errc code) noexcept -> std::string_view;

/// A failure: what happened, and where it is known, during which operation and why.
///
///     return std::unexpected(error{errc::invalid, "workers = 0 is outside 1 to 64"});
///
/// Cost      the size of a pointer; allocates only when it carries an operation or a cause.
class [[nodiscard]] error {
 public:
  error(errc code) noexcept : bits_(static_cast<std::uintptr_t>(code) << 1 | 1) {}  // NOLINT
  error(errc code, std::string operation);
  error(errc code, std::string operation, error cause);
  error(error const& other);
  error(error&& other) noexcept : bits_(other.bits_) { other.bits_ = plain(errc::failed); }
  auto operator=(error other) noexcept -> error&;
  ~error();

  [[nodiscard]] auto code() const noexcept -> errc;
  [[nodiscard]] auto operation() const noexcept -> std::string_view;
  /// The error below this one, or null.
  [[nodiscard]] auto cause() const noexcept -> error const*;
  /// Everything known, outermost first: "open feed: cancelled: deadline exceeded".
  [[nodiscard]] auto message() const -> std::string;

  /// Two errors are equal when their codes are; compare operations explicitly where they matter.
  friend auto operator==(error const& a, error const& b) noexcept -> bool {
    return a.code() == b.code();
  }

 private:
  struct detail_block;
  static constexpr auto plain(errc code) noexcept -> std::uintptr_t {
    return static_cast<std::uintptr_t>(code) << 1 | 1;
  }
  [[nodiscard]] auto block() const noexcept -> detail_block*;

  std::uintptr_t bits_;  // odd: the code itself; even: a detail_block shared by copies
};

/// The category under which an `errc` travels as a `std::error_code`.
[[nodiscard]] auto error_category() noexcept -> std::error_category const&;
[[nodiscard]] auto make_error_code(errc code) noexcept -> std::error_code;

}  // namespace sluice

template <>
struct std::is_error_code_enum<sluice::errc> : std::true_type {};
