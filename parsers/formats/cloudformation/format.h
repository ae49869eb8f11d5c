// The CloudFormation format: templates in YAML and JSON, SAM included; one root per template.
//
// Every resource becomes a Resource: address "AWS::S3::Bucket.Logs", attributes = its Properties with
// all intrinsic functions evaluated, existence guarded by its Condition. Parameters and outputs are
// rows of kind "parameter" and "output".
//
// A stack that names a template of the scan (TemplateURL as a path, or the asset of a CDK app) is
// evaluated in its caller's root: rows "Network/AWS::EC2::VPC.Main", module path "Network", identities
// "ROOT#Network/Main"; such a template is no root of its own. Fn::ImportValue reads the template of the
// scan that exports the name; AWS::Include reads a local file. What SAM derives (roles, permissions,
// URLs, implicit APIs) are rows that stand where the SAM node that asks for them does.
//
// What cannot be known stays unknown and says why: parameters without a value ("param.Env"), pseudo
// parameters ("AWS::Region"), what a resource returns ("Bucket.Arn"), imports, macros, dynamic
// references ("resolve:ssm:..."). A parameter's Default counts as its value (LoadOptions::
// parameter_files override it). Conditions that stay open become guards over
// "ROOT#param.Env equals "prod"", so `!If` gives alternatives and resources a guarded existence.
//
// Views, beside the canonical ones of alias tables:
//   cloudformation/resource   {LogicalId, Type, Condition, Properties, Metadata, DeletionPolicy, ...}
//   cloudformation/parameter  {Name, Type, Default, NoEcho, AllowedValues, ...}
//   cloudformation/output     {Name, Value, Export, ...}
#pragma once

#include "parsers/formats/format.h"

namespace assay::formats {

const Format& cloudformation_format();

}  // namespace assay::formats
