// Interned names. A Symbol is a u32 that stands for a string: equal strings have equal symbols.
// Ids depend on thread timing, so never sort or print by id: use text().
//
// Threads: safe. Texts live until the process ends.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace assay::core {

class Symbol {
 public:
  constexpr Symbol() = default;  // the empty string
  explicit Symbol(std::string_view text);
  // The symbol of a text that somebody has interned; empty for others, which are not kept: for names that strangers choose.
  static Symbol known(std::string_view text);
  std::string_view text() const;
  uint32_t id() const { return id_; }
  bool empty() const { return id_ == 0; }
  bool operator==(const Symbol&) const = default;

 private:
  uint32_t id_ = 0;
};

}  // namespace assay::core

template <>
struct std::hash<assay::core::Symbol> {
  size_t operator()(assay::core::Symbol s) const noexcept { return s.id() * 0x9e3779b97f4a7c15ull; }
};
