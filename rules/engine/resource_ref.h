// Which resource a finding or a report is about. Part of finding.h, through which everybody sees it.
//
// Everything here owns its text, so that reports outlive the model they speak of.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "parsers/core/span.h"

namespace assay::rules {

struct ResourceRef {
  std::string address, type, name, format;
  core::Span header;  // of its head: "resource "aws_s3_bucket" "b"", a logical id, a kind
  core::Span extent;  // of the whole block or document
  std::string first_address;  // where it stood before it was moved; "" when it was not
};

// A resource that rules were asked about, with findings or without: what reports per resource are made of.
struct JudgedResource {
  ResourceRef resource;
  std::string name_space;   // of an object of Kubernetes, as written; may be empty
  std::string uid;          // of an object that a cluster gave out; else empty
  bool cluster_scoped = false;
  uint64_t rules = 0;       // that judged it and have no objection, reported or not
  std::vector<std::pair<std::string, std::string>> failed;  // id of each that could not, and why
};

}  // namespace assay::rules
