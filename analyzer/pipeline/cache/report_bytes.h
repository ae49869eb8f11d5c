// A report as bytes: everything that writers show, so that a stored report gives the bytes of the run that made it.
// Rules are stored by id (the build and the policies have them), texts of sources where the disk does not hold them.
//
// Called by cache.cc. Threads: pure functions.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "analyzer/pipeline/cache/bytes.h"
#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline::cache {

// What of a scan its report needs: findings, problems, coverage, the paths of the sources.
void write_report(ByteWriter& out, Scan& scan);
// Into a scan without sources, whose rules are loaded. False: the bytes are no report of these rules.
bool read_report(ByteReader& in, Scan& scan);
// How the scan falls into parts; null where it does not.
void write_partition(ByteWriter& out, Partition* partition);
bool read_partition(ByteReader& in, Partition& partition);
void skip_partition(ByteReader& in);
// The files whose texts the report points into.
std::set<core::FileId> files_shown(const rules::Report& report);

}  // namespace assay::pipeline::cache
