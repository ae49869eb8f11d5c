// The CloudFormation format: templates in YAML and JSON, SAM included; one root per template.
//
// Every resource becomes a Resource: address "AWS::S3::Bucket.Logs", attributes = its Properties with
// all intrinsic functions evaluated, existence guarded by its Condition. Parameters and outputs are
// rows of kind "parameter" and "output".
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
