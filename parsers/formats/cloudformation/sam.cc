// What the SAM transform derives.
#include "parsers/formats/cloudformation/lowering.h"

namespace assay::formats::cloudformation {

void Lowering::derive_sam_rows() {}

}  // namespace assay::formats::cloudformation
