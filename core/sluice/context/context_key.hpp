// context_key — the name under which a context carries a value: an object, not a text.
#pragma once

namespace sluice {

/// A key without its type: what look-ups compare, by address.
class any_context_key {
 public:
  any_context_key(any_context_key const&) = delete;
  auto operator=(any_context_key const&) -> any_context_key& = delete;

 protected:
  constexpr any_context_key() noexcept = default;
  ~any_context_key() = default;
};

/// Names a value of type `T` in contexts. Two keys are never the same, whatever their types:
///
///     inline constexpr context_key<std::string> request_id;
///
///     auto const ctx = with_value(parent, request_id, "a3");
///     if (auto const* id = ctx.value(request_id)) log(*id);
///
/// Lifetime  outlives every context that carries a value under it.
template <class T>
class context_key : public any_context_key {
 public:
  constexpr context_key() noexcept {}  // user-provided, so that a constant needs no braces
};

}  // namespace sluice
