#include "analyzer/pipeline/cache/report_bytes.h"

#include "rules/lang/pack/pack.h"

namespace assay::pipeline::cache {

// Structures of report, each described once. Where one of them gets a member, its line here does not compile until the
// member is in it.
#define ASSAY_FIELDS(Type, ...)                     \
  template <typename Archive>                       \
  void fields(Archive& archive, Type& value) {      \
    auto& [__VA_ARGS__] = value;                    \
    all_fields(archive, __VA_ARGS__);               \
  }

ASSAY_FIELDS(core::Span, file, begin, end)
ASSAY_FIELDS(core::Problem, severity, code, message, span, related, path)
ASSAY_FIELDS(rules::TextEdit, span, text)
ASSAY_FIELDS(rules::Fix, kind, description, edits)
ASSAY_FIELDS(rules::OriginStep, span, what)
ASSAY_FIELDS(rules::RelatedPlace, span, message)
ASSAY_FIELDS(rules::Suppression, kind, reason, until, span)
ASSAY_FIELDS(rules::ResourceRef, address, type, name, format, header, extent, first_address)
ASSAY_FIELDS(rules::Finding, rule, severity, verdict, message, depends_on, witness, resource, attribute, item, region,
             whole, origin, related, fingerprint, fix, suppressed, baseline, moved_from)
ASSAY_FIELDS(rules::GoneFinding, rule, severity, message, file, line, column, end_line, end_column, address, type, format,
             fingerprint)
ASSAY_FIELDS(rules::Comparison, against, fresh, unchanged, moved, gone)
ASSAY_FIELDS(rules::CoverageRow, path, is_root, format, state, reason)
ASSAY_FIELDS(rules::RequirementRow, id, title, korean_title, state, reason, rules, published, resources, fail, maybe,
             suppressed)
ASSAY_FIELDS(rules::ComplianceReport, framework, title, source, edges, part, rows)
ASSAY_FIELDS(rules::JudgedResource, resource, name_space, uid, cluster_scoped, rules, failed)
ASSAY_FIELDS(rules::Summary, files, resources, rules, evaluations, fail, maybe, suppressed, problems, duration_ms)

// Numbers side by side, as they lie in memory.
template <typename Archive, typename T>
void number_fields(Archive& archive, std::vector<T>& values) {
  uint64_t size = values.size();
  fields(archive, size);
  if constexpr (Archive::kReads) {
    if (size > archive.left() / sizeof(T)) {
      archive.fail();
      return;
    }
    values.resize(size);
  }
  archive.raw(values.data(), size * sizeof(T));
}

template <typename Archive>
void fields(Archive& archive, RootPart& part) {
  auto& [path, format, files, resources, evaluations] = part;
  all_fields(archive, path, format, resources, evaluations);
  number_fields(archive, files);
}

ASSAY_FIELDS(rules::FingerprintKey, file, key, fingerprint)

namespace {

// Which rules there are, and of which the texts were asked for.
template <typename Archive>
void rule_fields(Archive& archive, rules::Report& report) {
  std::vector<std::string> ids;
  std::vector<bool> told;
  if constexpr (!Archive::kReads) {
    for (const rules::RuleInfo& rule : report.rules) {
      ids.push_back(rule.id);
      told.push_back(!rule.title.empty());
    }
  }
  all_fields(archive, ids, told);
  if constexpr (Archive::kReads) {
    bool same = !archive.failed() && ids.size() == report.rules.size() && told.size() == ids.size();
    for (size_t i = 0; same && i < ids.size(); ++i) {
      same = report.rules[i].id == ids[i];
      if (same && told[i]) rules::complete_texts(report.rules[i]);
    }
    if (!same) archive.fail();
  }
}

template <typename Archive>
void report_fields(Archive& archive, rules::Report& report) {
  auto& [tool_version, base_directory, repository_prefix, rules, findings, unreported, problems, coverage, summary,
         comparison, compliance, judged, sources, secret_spans, arguments, exit_code] = report;
  (void)rules, (void)sources;
  rule_fields(archive, report);
  all_fields(archive, tool_version, base_directory, repository_prefix, findings, unreported, problems, coverage, summary,
             comparison, compliance, judged, secret_spans, arguments, exit_code);
}

template <typename Archive>
void tie_fields(Archive& archive, std::vector<TieRow>& rows) {
  std::vector<model::Tie> ties;
  std::vector<uint32_t> nodes;
  for (const TieRow& row : rows) {
    ties.push_back(row.tie);
    nodes.push_back(row.node);
  }
  number_fields(archive, ties);
  number_fields(archive, nodes);
  if constexpr (Archive::kReads) {
    if (ties.size() != nodes.size()) return archive.fail();
    rows.resize(ties.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = {ties[i], nodes[i]};
  }
}

template <typename Archive>
void partition_fields(Archive& archive, Partition& partition) {
  auto& [base, boundary, files, evaluations, roots, asks, haves, part_of, passed_over, keys, suppression_keys] = partition;
  uint64_t passed = passed_over;
  all_fields(archive, base, boundary, files, roots, passed, keys, suppression_keys);
  passed_over = passed;
  number_fields(archive, evaluations);
  number_fields(archive, part_of);
  tie_fields(archive, asks);
  tie_fields(archive, haves);
}

// Do all numbers lie where they may?
bool is_sound(const Partition& partition) {
  size_t files = partition.files.size(), nodes = files + partition.roots.size();
  bool sound = partition.evaluations.size() == files && partition.part_of.size() == nodes;
  for (const RootPart& root : partition.roots) {
    for (core::FileId file : root.files) sound &= file < files;
  }
  for (const auto* rows : {&partition.asks, &partition.haves}) {
    for (const TieRow& row : *rows) sound &= row.node < nodes;
  }
  for (const auto* keys : {&partition.keys, &partition.suppression_keys}) {
    for (const rules::FingerprintKey& key : *keys) sound &= key.file < files;
  }
  return sound;
}

void add(std::set<core::FileId>& out, const core::Span& span) {
  if (span.valid()) out.insert(span.file);
}

void add(std::set<core::FileId>& out, const rules::Finding& finding) {
  add(out, finding.resource.header);
  add(out, finding.resource.extent);
  add(out, finding.region);
  add(out, finding.whole);
  for (const rules::OriginStep& step : finding.origin) add(out, step.span);
  for (const rules::RelatedPlace& place : finding.related) add(out, place.span);
  if (finding.suppressed) add(out, finding.suppressed->span);
  if (!finding.fix) return;
  for (const rules::TextEdit& edit : finding.fix->edits) add(out, edit.span);
}

}  // namespace

void write_partition(ByteWriter& out, Partition* partition) {
  ByteWriter own;
  if (partition) partition_fields(own, *partition);
  uint64_t size = own.bytes().size();
  fields(out, size);
  out.raw(own.bytes().data(), own.bytes().size());
}

bool read_partition(ByteReader& in, Partition& partition) {
  uint64_t size = 0;
  fields(in, size);
  if (size == 0 || size > in.left()) return false;
  ByteReader own(in.view(size));
  partition_fields(own, partition);
  return own.at_end() && is_sound(partition);
}

void skip_partition(ByteReader& in) {
  uint64_t size = 0;
  fields(in, size);
  if (size > in.left()) in.fail();
  else (void)in.view(size);
}

std::set<core::FileId> files_shown(const rules::Report& report) {
  std::set<core::FileId> out;
  for (const rules::Finding& finding : report.findings) add(out, finding);
  for (const rules::Finding& finding : report.unreported) add(out, finding);
  for (const core::Problem& problem : report.problems) {
    add(out, problem.span);
    add(out, problem.related);
  }
  for (const core::Span& span : report.secret_spans) add(out, span);
  return out;
}

void write_report(ByteWriter& out, Scan& scan) {
  std::vector<std::string> paths;
  for (core::FileId id = 0; id < scan.sources.size(); ++id) paths.push_back(scan.sources.path(id));
  fields(out, paths);
  report_fields(out, scan.report);
}

bool read_report(ByteReader& in, Scan& scan) {
  std::vector<std::string> paths;
  fields(in, paths);
  if (in.failed()) return false;
  for (std::string& path : paths) scan.sources.add(std::move(path));
  scan.report.rules.clear();
  for (rules::Rule& rule : scan.rules.mutable_rules()) scan.report.rules.push_back(std::move(rule.info));
  report_fields(in, scan.report);
  if (in.failed()) return false;
  scan.report.sources = &scan.sources;
  size_t rules = scan.report.rules.size(), files = scan.sources.size();
  for (const auto* list : {&scan.report.findings, &scan.report.unreported}) {
    for (const rules::Finding& finding : *list) {
      if (finding.rule >= rules) return false;
    }
  }
  for (const rules::JudgedResource& judged : scan.report.judged) {
    if (judged.resource.extent.valid() && judged.resource.extent.file >= files) return false;
  }
  std::set<core::FileId> shown = files_shown(scan.report);
  return shown.empty() || *shown.rbegin() < files;
}

}  // namespace assay::pipeline::cache
