// Alias tables: one canonical type over several formats, as data (MODEL.md, section 5: one rule, many
// formats). A table says, for each native type, where the canonical attributes come from; rules see
// only canonical views.
//
// Tables are text files, one per service, in parsers/model/aliases/<provider>/<service>.alias; the
// build embeds them. Grammar, line by line ("#" starts a comment):
//
//   type aws/s3/bucket                       a canonical type; what follows belongs to it
//   default acl = "private"  # source        value of an absent attribute, with its source after "#"
//
//   from terraform aws_s3_bucket             a native type. Attributes that no line names are taken over
//     versioning <- versioning[0]            unchanged (Terraform only); "<-" gives one its place:
//     acl <- acl                             canonical path <- native path; a list index picks an element
//   from cloudformation AWS::S3::Bucket      nothing is taken over unnamed
//     acl <- AccessControl { PublicRead: public-read, Private: private }     value map; others unchanged
//     versioning.enabled <- VersioningConfiguration.Status { Enabled: true, Suspended: false }
//     public_access_block.block_public_acls <- PublicAccessBlockConfiguration.BlockPublicAcls : bool
//     ingress[] <- SecurityGroupIngress[]    for each element, the indented lines below map its parts
//       from_port <- FromPort : number
//       cidr_blocks <- CidrIp : list         one value becomes a list of one
//     tags <- Tags : pairs                   [{Key, Value}] becomes a mapping
//     encrypted <- not Unencrypted : bool    inverted boolean
//
//   satellite terraform aws_s3_bucket_versioning joined by bucket = bucket|id    completes the resource:
//     versioning.enabled <- versioning_configuration[0].status { Enabled: true, Suspended: false }
//                        its `bucket` refers to the resource, or equals its `bucket` or `id` attribute
//   satellite cloudformation AWS::S3::BucketPolicy joined by Bucket = BucketName
//     policy <- PolicyDocument : json        text becomes structure; structure stays
//
// A value of coercions: bool, number, string ("true" and true alike), list, pairs, json, single (a list
// of one block becomes the block). Mapping never invents: an unknown stays unknown, alternatives are
// mapped one by one, spans and origins are kept, guards are kept. A satellite whose link is not
// certain contributes its values as alternatives under the link's guard; repeated satellites of list
// attributes append. A satellite that matches nothing keeps a view of its own where a `type` says so.
//
// Threads: the tables are parsed once, on first use; afterwards read only.
#pragma once

#include <string_view>

#include "parsers/model/resource.h"

namespace assay::model {

// One embedded table file; made by the build (tools in cmake/), see alias_data().
struct AliasFile {
  std::string_view path;
  std::string_view text;
};

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

  AliasTables();
  ~AliasTables();
  AliasTables(AliasTables&&) noexcept;
  AliasTables& operator=(AliasTables&&) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::model
