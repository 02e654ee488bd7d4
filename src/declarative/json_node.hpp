// Between JSON values and the nodes of a document. Pure; any thread.
#pragma once
#include <string>

#include "declarative/document.hpp"

namespace boost::json {
class value;
}  // namespace boost::json

namespace apiforge::declarative {

/// A value as a document without positions. Numbers are plain scalars, texts quoted ones.
Node node_of(const boost::json::value& value);

/// A node as JSON text. Plain scalars are read as YAML 1.2's core schema does: null, booleans and
/// decimal numbers are what they look like; anything else is text.
std::string json_text_of(const Node& node);

}  // namespace apiforge::declarative
