// code_location — the line of source a step was taken at.
#pragma once

#include <cstdint>

namespace sluice::model {

/// What `std::source_location` is, without the name of the function: for a template that alone is longer
/// than the code, and a page would have to download it.
class code_location {
 public:
  constexpr code_location() noexcept = default;

  /// Where it is called, or where the function is called whose default argument it is.
#if defined(__has_builtin) && __has_builtin(__builtin_FILE_NAME)
  [[nodiscard]] static constexpr auto current(char const* file = __builtin_FILE_NAME(),
                                              std::uint32_t line = __builtin_LINE()) noexcept -> code_location {
#else
  [[nodiscard]] static constexpr auto current(char const* file = __builtin_FILE(),
                                              std::uint32_t line = __builtin_LINE()) noexcept -> code_location {
#endif
    code_location here;
    here.file_ = file;
    here.line_ = line;
    return here;
  }

  [[nodiscard]] constexpr auto file_name() const noexcept -> char const* { return file_; }
  [[nodiscard]] constexpr auto line() const noexcept -> std::uint32_t { return line_; }

 private:
  char const* file_ = "";
  std::uint32_t line_ = 0;
};

}  // namespace sluice::model
