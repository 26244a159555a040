#include <sluice/base/error.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace sluice {

auto name(errc code) noexcept -> std::string_view {
  switch (code) {
    case errc::closed: return "closed";
    case errc::would_block: return "would block";
    case errc::full: return "full";
    case errc::cancelled: return "cancelled";
    case errc::deadline_exceeded: return "deadline exceeded";
    case errc::stopped: return "stopped";
    case errc::rejected: return "rejected";
    case errc::invalid: return "invalid argument";
    case errc::not_found: return "not found";
    case errc::resource: return "out of resources";
    case errc::deadlock: return "deadlock";
    case errc::failed: return "failed";
  }
  return "unknown error";
}

struct error::detail_block {
  detail_block(errc the_code, std::string the_operation, std::optional<error> the_cause)
      : code(the_code), operation(std::move(the_operation)), cause(std::move(the_cause)) {}

  std::atomic<unsigned> owners{1};
  errc code;
  std::string operation;
  std::optional<error> cause;
};

error::error(errc code, std::string operation)
    : bits_(reinterpret_cast<std::uintptr_t>(
          new detail_block{code, std::move(operation), std::nullopt})) {}

error::error(errc code, std::string operation, error cause)
    : bits_(reinterpret_cast<std::uintptr_t>(
          new detail_block{code, std::move(operation), std::move(cause)})) {}

error::error(error const& other) : bits_(other.bits_) {
  if (auto* shared = block()) shared->owners.fetch_add(1, std::memory_order_relaxed);
}

auto error::operator=(error other) noexcept -> error& {
  std::swap(bits_, other.bits_);
  return *this;
}

error::~error() {
  auto* shared = block();
  if (shared && shared->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared;
}

auto error::block() const noexcept -> detail_block* {
  return (bits_ & 1) ? nullptr : reinterpret_cast<detail_block*>(bits_);
}

auto error::code() const noexcept -> errc {
  auto* shared = block();
  return shared ? shared->code : static_cast<errc>(bits_ >> 1);
}

auto error::operation() const noexcept -> std::string_view {
  auto* shared = block();
  return shared ? std::string_view{shared->operation} : std::string_view{};
}

auto error::cause() const noexcept -> error const* {
  auto* shared = block();
  return shared && shared->cause ? &*shared->cause : nullptr;
}

auto error::message() const -> std::string {
  std::string text;
  for (auto const* at = this; at; at = at->cause()) {
    if (!text.empty()) text += ": ";
    if (!at->operation().empty()) {
      text += at->operation();
      if (!at->cause()) text += " (", text += name(at->code()), text += ")";
    } else {
      text += name(at->code());
    }
  }
  return text;
}

namespace {

class sluice_category final : public std::error_category {
  [[nodiscard]] auto name() const noexcept -> char const* override { return "sluice"; }
  [[nodiscard]] auto message(int code) const -> std::string override {
    return std::string(sluice::name(static_cast<errc>(code)));
  }
  [[nodiscard]] auto default_error_condition(int code) const noexcept
      -> std::error_condition override {
    switch (static_cast<errc>(code)) {
      case errc::would_block: return std::errc::operation_would_block;
      case errc::cancelled: return std::errc::operation_canceled;
      case errc::deadline_exceeded: return std::errc::timed_out;
      case errc::invalid: return std::errc::invalid_argument;
      case errc::resource: return std::errc::resource_unavailable_try_again;
      case errc::deadlock: return std::errc::resource_deadlock_would_occur;
      default: return {code, *this};
    }
  }
};

}  // namespace

auto error_category() noexcept -> std::error_category const& {
  static sluice_category const category;
  return category;
}

auto make_error_code(errc code) noexcept -> std::error_code {
  return {static_cast<int>(code), error_category()};
}

}  // namespace sluice
