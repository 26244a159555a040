// custom_context — somebody else's way to give up, as a parent of contexts.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <sluice/base/intrusive_list.hpp>
#include <sluice/context/context.hpp>

namespace sluice {

class custom_context;

namespace detail {

class custom_child;

/// A child of a user-defined context, as that one knows it. Lives until the child has ended.
struct custom_tie : list_node<> {
  explicit custom_tie(context ctx) noexcept : child(std::move(ctx)) {}
  context child;
};

}  // namespace detail

/// A context of the user's making: a request of another framework, the life of a window.
///
///     class request_life final : public custom_context {
///      public:
///       void closed_by_peer() { gone_.store(true); announce_end(); }
///       auto err() const noexcept -> std::optional<errc> override {
///         return gone_.load() ? std::optional{errc::cancelled} : std::nullopt;
///       }
///       ...
///     auto const scope = with_custom(rt.background(), life);
///
/// Threads   the virtual members are called by any thread at any time.
class custom_context {
 public:
  custom_context() = default;
  custom_context(custom_context const&) = delete;
  auto operator=(custom_context const&) -> custom_context& = delete;
  virtual ~custom_context();

  /// Nothing while it lives; once it has ended, the same for ever. What is not `deadline_exceeded`
  /// counts as `cancelled` in its children.
  [[nodiscard]] virtual auto err() const noexcept -> std::optional<errc> = 0;
  /// Why it ended; nothing: the error itself.
  [[nodiscard]] virtual auto cause() const -> std::optional<error> { return std::nullopt; }
  /// When it will end by itself, if it knows. It has to do so itself.
  [[nodiscard]] virtual auto deadline() const noexcept -> instant { return never; }
  /// The value under `key`, which is a `context_key<T>` for a `T const*`, or null.
  [[nodiscard]] virtual auto value(any_context_key const& key) const noexcept -> void const*;

  /// How many children watch for its end.
  [[nodiscard]] auto watchers() const noexcept -> std::size_t;

 protected:
  /// To be called once `err()` tells of the end: ends every child, and all below, before it
  /// returns. Any thread; under no lock that the virtual members take.
  void announce_end() noexcept;

 private:
  friend detail::custom_child;
  mutable std::mutex lock_;
  intrusive_list<detail::custom_tie> watching_;
};

/// A child of both: of `under`, which lends it runtime and clock, and of `parent`. It ends with the
/// first of the two, or when it is cancelled, or when its owner goes, and then stops watching
/// `parent`, which never ends by that. Values are looked up in `parent` first.
/// Throws    `misuse` when `parent` is null or `under` was moved from; `std::bad_alloc`.
[[nodiscard]] auto with_custom(context const& under, std::shared_ptr<custom_context> parent)
    -> cancel_scope;

}  // namespace sluice
