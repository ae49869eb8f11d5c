// What a connector of SAM (AWS::Serverless::Connector, or Connectors of a resource) permits: a table of
// pairs of resource types (AWS SAM developer guide, "AWS SAM connector reference").
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::formats::cloudformation {

struct Connection {
  std::string_view source, destination;  // short names of services
  enum : uint8_t {
    kSourcePolicy,       // of the role of the source, on the destination
    kDestinationPolicy,  // of the role of the destination, on the source
    kResourcePolicy,     // of the destination itself (queue, topic), for the service of the source
    kPermission,         // of a function, to be invoked by the service of the source
  } kind;
  std::string_view read, write;  // actions, separated by spaces; "" when the pair has none
  std::string_view below = {};   // of the resource, besides itself: "/index/*"
};

// Null when SAM connects no such resources.
const Connection* find_connection(std::string_view source_type, std::string_view destination_type);
// "events.amazonaws.com" of AWS::Events::Rule; "" for types that call nothing by themselves.
std::string_view principal_of_type(std::string_view type);

}  // namespace assay::formats::cloudformation
