// Readers for what a binary plan is made of: protocol buffer messages (planfile.proto of Terraform and
// OpenTofu) and MessagePack values in cty's encoding. Both read in place, and stop at the first
// thing that is not as it should be.
//
// Ownership: views into the bytes given. Threads: pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "parsers/core/arena.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

// The fields of one message, one after the other.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : rest_(bytes) {}
  // False at the end, and when the message is broken: failed() tells which.
  bool next();
  bool failed() const { return failed_; }
  uint32_t field() const { return field_; }
  uint64_t number() const { return number_; }         // of a varint field; else 0
  std::string_view bytes() const { return bytes_; }   // of a length-delimited field; else ""

 private:
  bool varint(uint64_t* out);
  std::string_view rest_, bytes_;
  uint64_t number_ = 0;
  uint32_t field_ = 0;
  bool failed_ = false;
};

// A value as cty writes it, without its schema: sets read as lists, and numbers too large for a
// double as text. Unknown values are made by `unknown`, given the path ("a.b[0]") and what cty
// says of them (refinements; no id). nullopt: the bytes are not such a value.
using MakeUnknown = std::function<model::Value(std::string_view path, const model::Unknown& refinements)>;
std::optional<model::Value> read_message_pack(std::string_view bytes, core::Arena& arena,
                                              const MakeUnknown& unknown);

}  // namespace assay::formats::terraform
