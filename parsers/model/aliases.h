// Alias tables: one canonical type over several formats, as data: one rule, many
// formats. A table says, for each native type, where the canonical attributes come from; rules see
// only canonical views.
//
// Tables are text files, one per service, in parsers/model/aliases/<provider>/<service>.alias; the
// build embeds them. Grammar, line by line ("#" starts a comment):
//
//   type aws/s3/bucket                       a canonical type; what follows belongs to it
//   default acl = "private"  # source        value of an absent (or null) attribute, and who says so
//   bool versioning.enabled a[].b            canonical paths whose text becomes a boolean ("true");
//   number ... / list ... / json ...         likewise; json: text becomes structure
//
//   from terraform aws_s3_bucket             a native type (`data.aws_x`: a data source). Attributes are
//     single versioning logging rule.apply   taken over as they are; blocks that occur once become
//     acl <- acl                             objects; "<-" gives others: canonical <- native path
//   from cloudformation AWS::S3::Bucket      nothing is taken over unnamed, except with
//     take snake                             this: properties no line names, in snake_case
//     acl <- AccessControl { PublicRead: public-read, Private: private }     value map; others unchanged
//     versioning.enabled <- VersioningConfiguration.Status { Enabled: true, Suspended: false }
//     kms_key_id <- KmsKeyId | KMSKeyId      the first that is there
//     ingress[] <- SecurityGroupIngress[]    for each element, the deeper lines map its parts
//       from_port <- FromPort : number
//       cidr_blocks <- CidrIp : list         one value becomes a list of one
//     tags <- Tags : pairs                   [{Key, Value}] becomes a mapping
//     encrypted <- not Unencrypted : bool    inverted boolean
//     engine = postgres                      a constant; "= true when Logging": where Logging is there
//     idle <- Attributes["idle.timeout"]     in [{Key, Value}]: the value of a key; "." as the target
//                                            of a part: the element becomes that value
//   from cloudformation AWS::IAM::Role each Policies[]     one view for each element of a list
//   from arm Microsoft.Web/sites where kind has functionapp     only where a word stands in a text
//                                            "functionapp,linux"; "lacks": only where it does not
//
//   satellite terraform aws_s3_bucket_versioning joined by bucket = bucket|id    completes the resource:
//     versioning.enabled <- versioning_configuration[0].status { Enabled: true, Suspended: false }
//     ingress[] <- . when type = ingress     "." is the whole satellite; appended to the list
//   satellite cloudformation AWS::S3::BucketPolicy joined by Bucket = BucketName
//     policy <- PolicyDocument : json        text becomes structure; structure stays
//   from terraform aws_s3_bucket_policy unjoined   a view for satellites that complete nothing
//
// A satellite is joined when its attribute equals one of the resource's (native) attributes, or is an
// unknown that names the resource ("ROOT#aws_s3_bucket.b.id", "ROOT#Bucket"), or when an edge kRefers
// from that attribute leads to the resource. Anything else is not a link.
//
// Coercions: bool, number, string ("true" and true alike), list, pairs, json, single (a list of one
// becomes its element), snake, camel, not. Mapping never invents: an unknown stays unknown,
// alternatives are mapped one by one, spans and origins are kept, guards are kept. A satellite that
// exists only perhaps contributes alternatives under its guard; list elements append. Where a link
// is guarded, so is the edge kCompletes it makes.
//
// Threads: the tables are parsed once, on first use; afterwards read only.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/model/resource.h"

namespace assay::model {

// Links of one root from satellites that could complete more than one resource. Beyond, what they set
// is unknown in each of these, and they are seen alone (Problem "limit-joins").
inline constexpr uint64_t kMaxAmbiguousJoins = 1u << 14;

// One embedded table file; alias_data() is made by the build (cmake/aliases.cmake).
struct AliasFile {
  std::string_view path;
  std::string_view text;
};

std::span<const AliasFile> alias_data();

class AliasTables;
struct NativeTable;
// The tables of alias_data(); each file is parsed when the first resource needs it.
const AliasTables& builtin_aliases();

class AliasTables {
 public:
  // Problems of the tables themselves carry "path:line: message" (tests demand none).
  static AliasTables parse(std::span<const AliasFile> files, std::vector<std::string>* errors);
  // Adds views to every resource of the project that a table knows, and edges of kind kCompletes from
  // satellites. Call between Project::add and Project::seal; each resource's views live in its root.
  void attach_views(Project& project) const;
  // All canonical types with the native types ("terraform aws_s3_bucket") they are made from.
  struct TypeRow {
    std::string_view canonical, format, native;
    bool satellite;
  };
  std::vector<TypeRow> types() const;
  // Every native path a table reads, for the test that looks them up in the providers' schemas.
  struct NativePath {
    std::string_view format, native;
    std::string path;  // "versioning.enabled", without indices
  };
  std::vector<NativePath> native_paths() const;

  // The table of a native type (or satellite) for views of `canonical`; null when there is none. alias_inverse.h
  // reads it backwards.
  const NativeTable* find_table(std::string_view format, std::string_view native, std::string_view canonical) const;
  // The satellites of this format that complete `canonical` and stand beside the table of `native`.
  std::vector<const NativeTable*> satellites(std::string_view format, std::string_view native,
                                             std::string_view canonical) const;

  AliasTables();
  ~AliasTables();
  AliasTables(AliasTables&&) noexcept;
  AliasTables& operator=(AliasTables&&) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::model
