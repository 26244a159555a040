// direction — views of a channel that cannot do the other thing.
#pragma once

#include <sluice/channel/channel.hpp>

namespace sluice {

/// The sending side of a channel.
/// Lifetime  a view: the channel outlives it.
template <transferable T>
class send_only {
 public:
  send_only(channel<T>& whole) noexcept : whole_(&whole) {}  // NOLINT: towards less, on purpose

  [[nodiscard]] auto send(context const& ctx, T value) const {
    return whole_->send(ctx, std::move(value));
  }
  [[nodiscard]] auto send_blocking(context const& ctx, T value) const {
    return whole_->send_blocking(ctx, std::move(value));
  }
  [[nodiscard]] auto try_send(T&& value) const { return whole_->try_send(std::move(value)); }
  [[nodiscard]] auto core() const noexcept { return whole_->core(); }
  void close() const { whole_->close(); }
  [[nodiscard]] auto len() const noexcept -> std::size_t { return whole_->len(); }
  [[nodiscard]] auto cap() const noexcept -> std::size_t { return whole_->cap(); }

 private:
  channel<T>* whole_;
};

/// The receiving side of a channel. It cannot close.
/// Lifetime  a view: the channel outlives it.
template <transferable T>
class recv_only {
 public:
  recv_only(channel<T>& whole) noexcept : whole_(&whole) {}  // NOLINT: towards less, on purpose

  [[nodiscard]] auto recv(context const& ctx) const { return whole_->recv(ctx); }
  [[nodiscard]] auto recv_blocking(context const& ctx) const { return whole_->recv_blocking(ctx); }
  [[nodiscard]] auto try_recv() const { return whole_->try_recv(); }
  [[nodiscard]] auto core() const noexcept { return whole_->core(); }
  [[nodiscard]] auto len() const noexcept -> std::size_t { return whole_->len(); }
  [[nodiscard]] auto cap() const noexcept -> std::size_t { return whole_->cap(); }

 private:
  channel<T>* whole_;
};

}  // namespace sluice
