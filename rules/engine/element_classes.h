// Elements of one list that differ in primitives only, judged together: a rule over 200,000 ports costs
// what one symbolic element costs for each class of values that it tells apart.
//
// A class holds elements of one shape, from the same places, under the same guards. summary() gives one
// element that stands for a run of them: what is the same in all is as it is, a number that differs is an
// unknown between the least and the greatest, a text that differs an unknown with the common prefix. What
// a rule says of it in every world it says of each of them; where the worlds disagree the evaluator halves
// the run, and a run of few is judged one by one. So nothing is lost: port 22 within a range of ports
// is found, and for certain.
//
// Called by evaluator.cc. Ownership: summaries live in the arena of the elements. Threads: one worker.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "parsers/core/arena.h"
#include "rules/engine/elements.h"

namespace assay::rules {

class ElementClasses {
 public:
  // `elements` must outlive this.
  ElementClasses(const std::vector<Element>& elements, core::Arena& scratch);

  size_t size() const { return classes_.size(); }
  // Positions in the list, in the order of the first number that differs.
  std::span<const uint32_t> members(size_t which) const { return classes_[which]; }
  // Stands for the members [from, to) of a class; kept for the other rules over the list.
  const model::Value& summary(size_t which, uint32_t from, uint32_t to);

 private:
  void divide(bool by_text);

  const std::vector<Element>& elements_;
  core::Arena& scratch_;
  std::vector<std::vector<uint32_t>> classes_;
  std::map<std::tuple<size_t, uint32_t, uint32_t>, const model::Value*> summaries_;
};

}  // namespace assay::rules
